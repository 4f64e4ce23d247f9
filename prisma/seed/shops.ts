import type { StaffRole } from '../../server/generated/prisma/enums.ts'
import type { NewMerchant } from '../../server/features/merchants/service.ts'
import { churros, conchas, croissant, muffin } from './images/bakery.ts'
import { coldBrew, enamelMug, espressoBeans, ethiopiaBeans, flatWhite, pourOver } from './images/coffee.ts'
import { horchata, jamaica } from './images/drinks.ts'
import { guacamole, quesadilla, tacosAlPastor, tacosDeNopal } from './images/tacos.ts'

/** `price` in minor units. */
export type DemoVariant = { sku: string; name?: string; price: number; onHand: number }
export type DemoProduct = {
  name: string
  description: string
  category: string
  image: () => string
  variants: DemoVariant[]
}
export type DemoShopPlan = NewMerchant & {
  /** A fictitious account. */
  bankDetails: string
  staff: { name: string; mailbox: string; role: StaffRole }[]
  products: DemoProduct[]
}

const staff: DemoShopPlan['staff'] = [
  { name: 'Demo Owner', mailbox: 'owner', role: 'OWNER' },
  { name: 'Demo Agent', mailbox: 'agent', role: 'AGENT' },
  { name: 'Demo Viewer', mailbox: 'viewer', role: 'VIEWER' },
]

const roastery: DemoShopPlan = {
  name: 'Harbor & Hearth Coffee',
  slug: 'harbor-hearth',
  currency: 'USD',
  locale: 'en-US',
  timeZone: 'America/New_York',
  deliveryFee: 450,
  pickupAddress: '18 Lantern Wharf, Harborview',
  bankDetails:
    'Harbor & Hearth Coffee\nSample Bank (a demo: no such bank)\nRouting 000000000 · Account 0000 1234 5678\nPlease write your order number on it.',
  // 555-01xx numbers are reserved for fiction.
  whatsapp: { phoneNumberId: '100000000000101', wabaId: '200000000000101', displayPhone: '+12075550101' },
  staff,
  products: [
    {
      name: 'Foghorn Espresso',
      description:
        'Our house blend: dark chocolate, toasted hazelnut and a long caramel finish. Roasted every Tuesday.',
      category: 'Beans',
      image: espressoBeans,
      variants: [
        { sku: 'FOG-250', name: '250 g', price: 1_450, onHand: 40 },
        { sku: 'FOG-1000', name: '1 kg', price: 4_900, onHand: 18 },
      ],
    },
    {
      name: 'Ethiopia Guji',
      description: 'A bright washed coffee: apricot, jasmine and honey. Lovely as filter.',
      category: 'Beans',
      image: ethiopiaBeans,
      variants: [
        { sku: 'GUJ-250', name: '250 g', price: 1_800, onHand: 26 },
        { sku: 'GUJ-1000', name: '1 kg', price: 6_200, onHand: 6 },
      ],
    },
    {
      name: 'Flat White',
      description: 'A double ristretto under silky milk. Oat milk on request.',
      category: 'Drinks',
      image: flatWhite,
      variants: [
        { sku: 'FLW-S', name: 'Small', price: 425, onHand: 200 },
        { sku: 'FLW-L', name: 'Large', price: 525, onHand: 200 },
      ],
    },
    {
      name: 'Cold Brew',
      description: 'Steeped for eighteen hours, poured over ice.',
      category: 'Drinks',
      image: coldBrew,
      variants: [
        { sku: 'CBR-G', name: 'Glass', price: 475, onHand: 120 },
        { sku: 'CBR-B', name: '1 l bottle', price: 1_600, onHand: 15 },
      ],
    },
    {
      name: 'Butter Croissant',
      description: 'Twenty-seven layers, three days, one very early baker.',
      category: 'Bakery',
      image: croissant,
      variants: [
        { sku: 'CRO-1', name: 'One', price: 390, onHand: 36 },
        { sku: 'CRO-4', name: 'Box of four', price: 1_450, onHand: 9 },
      ],
    },
    {
      name: 'Blueberry Muffin',
      description: 'Wild blueberries, brown butter, a crackling top.',
      category: 'Bakery',
      image: muffin,
      variants: [{ sku: 'MUF-1', price: 360, onHand: 24 }],
    },
    {
      name: 'Lighthouse Mug',
      description: 'Enamelled steel, 350 ml. It has seen a few campfires.',
      category: 'Gear',
      image: enamelMug,
      variants: [{ sku: 'MUG-1', price: 2_200, onHand: 14 }],
    },
    {
      name: 'Pour-Over Set',
      description: 'Hourglass brewer with a wooden collar and forty filters.',
      category: 'Gear',
      image: pourOver,
      variants: [
        { sku: 'POV-3', name: '3 cups', price: 4_200, onHand: 8 },
        { sku: 'POV-6', name: '6 cups', price: 5_400, onHand: 5 },
      ],
    },
  ],
}

const taqueria: DemoShopPlan = {
  name: 'Taquería La Milpa',
  slug: 'la-milpa',
  currency: 'MXN',
  locale: 'es-MX',
  timeZone: 'America/Mexico_City',
  deliveryFee: 3_500,
  pickupAddress: 'Calle del Maíz 24, Colonia Centro',
  bankDetails:
    'La Milpa\nBanco de Muestra (demo: este banco no existe)\nCLABE 000 000 0000 1234 5678\nEscribe el número de tu pedido en el concepto.',
  whatsapp: { phoneNumberId: '100000000000102', wabaId: '200000000000102', displayPhone: '+525555550102' },
  staff,
  products: [
    {
      name: 'Tacos al pastor',
      description: 'Cerdo marinado en achiote, piña asada, cebolla y cilantro.',
      category: 'Tacos',
      image: tacosAlPastor,
      variants: [
        { sku: 'PAS-3', name: 'Orden de 3', price: 8_400, onHand: 60 },
        { sku: 'PAS-5', name: 'Orden de 5', price: 13_000, onHand: 40 },
      ],
    },
    {
      name: 'Tacos de nopal',
      description: 'Nopales a la plancha con queso fresco y jitomate. Sin carne.',
      category: 'Tacos',
      image: tacosDeNopal,
      variants: [
        { sku: 'NOP-3', name: 'Orden de 3', price: 7_200, onHand: 45 },
        { sku: 'NOP-5', name: 'Orden de 5', price: 11_000, onHand: 30 },
      ],
    },
    {
      name: 'Quesadilla de flor de calabaza',
      description: 'Tortilla hecha a mano, quesillo y flor de calabaza recién cortada.',
      category: 'Antojitos',
      image: quesadilla,
      variants: [{ sku: 'QUE-1', price: 6_800, onHand: 32 }],
    },
    {
      name: 'Guacamole con totopos',
      description: 'Machacado al momento en molcajete, con limón y totopos de la casa.',
      category: 'Antojitos',
      image: guacamole,
      variants: [
        { sku: 'GUA-CH', name: 'Chico', price: 7_500, onHand: 25 },
        { sku: 'GUA-GR', name: 'Grande', price: 12_500, onHand: 6 },
      ],
    },
    {
      name: 'Agua de jamaica',
      description: 'Flor de jamaica, poca azúcar y mucho hielo.',
      category: 'Bebidas',
      image: jamaica,
      variants: [
        { sku: 'JAM-500', name: '500 ml', price: 3_200, onHand: 80 },
        { sku: 'JAM-1000', name: '1 litro', price: 5_500, onHand: 40 },
      ],
    },
    {
      name: 'Horchata',
      description: 'Arroz, canela y vainilla, como en el mercado.',
      category: 'Bebidas',
      image: horchata,
      variants: [
        { sku: 'HOR-500', name: '500 ml', price: 3_400, onHand: 70 },
        { sku: 'HOR-1000', name: '1 litro', price: 5_800, onHand: 35 },
      ],
    },
    {
      name: 'Churros con chocolate',
      description: 'Crujientes, con azúcar y canela, y chocolate espeso para sopear.',
      category: 'Postres',
      image: churros,
      variants: [
        { sku: 'CHU-4', name: '4 piezas', price: 5_600, onHand: 28 },
        { sku: 'CHU-8', name: '8 piezas', price: 9_800, onHand: 14 },
      ],
    },
    {
      name: 'Conchas',
      description: 'Pan dulce del día: fresa, vainilla y chocolate.',
      category: 'Postres',
      image: conchas,
      variants: [
        { sku: 'CON-1', name: 'Una', price: 2_200, onHand: 30 },
        { sku: 'CON-3', name: 'Caja de tres', price: 6_000, onHand: 4 },
      ],
    },
  ],
}

export const DEMO_SHOPS: readonly DemoShopPlan[] = [roastery, taqueria]
