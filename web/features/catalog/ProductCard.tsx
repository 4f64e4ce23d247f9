import type { ProductsQuery } from '../../generated/operations.ts'
import { Card } from '../../ui/Card.tsx'
import { Pill } from '../../ui/Pill.tsx'
import { ProductImage } from './ProductImage.tsx'
import classes from './ProductsPage.module.css'
import { stockLabel } from './stock.ts'

type ProductItem = ProductsQuery['products']['edges'][number]['node']

export function ProductCard({ product }: { product: ProductItem }) {
  return (
    <Card flush>
      <article className={classes.product}>
        <ProductImage product={product} />
        <div className={classes.body}>
          {product.category && <p className={classes.dim}>{product.category.name}</p>}
          <h2 className={classes.name}>{product.name}</h2>
          <ul className={classes.variants}>
            {product.variants.map((variant) => {
              const stock = stockLabel(variant.available)
              return (
                <li key={variant.id} className={classes.variant}>
                  <span>
                    {variant.name && <span className={classes.dim}>{variant.name} · </span>}
                    <span className={classes.price}>{variant.price.formatted}</span>
                  </span>
                  <Pill tone={stock.tone}>{stock.label}</Pill>
                </li>
              )
            })}
          </ul>
        </div>
      </article>
    </Card>
  )
}
