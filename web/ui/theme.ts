import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const pine: MantineColorsTuple = [
  '#eaf6f1',
  '#d3ebe2',
  '#a6d7c6',
  '#76c2a9',
  '#4fae91',
  '#2f9a7c',
  '#16806a',
  '#0c6b58',
  '#075747',
  '#034336',
]

// A little warmth in the greys; 6 and darker keep 4.5:1 on the page's background.
const gray: MantineColorsTuple = [
  '#f8f7f4',
  '#f2f1ed',
  '#e7e5e0',
  '#d9d7d1',
  '#c2bfb8',
  '#a09d96',
  '#66645e',
  '#4b4a46',
  '#33322f',
  '#1f1e1c',
]

const dark: MantineColorsTuple = [
  '#e4e8e6',
  '#c3cac6',
  '#a3aca7',
  '#7d8782',
  '#4a534f',
  '#343c38',
  '#262d2a',
  '#1b211e',
  '#151a18',
  '#101412',
]

export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: { light: 7, dark: 6 },
  colors: { pine, gray, dark },
  fontFamily: 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.5rem', lineHeight: '1.3' } } },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // The title in the colour of text: on its tinted ground yellow falls short of 4.5:1.
    Alert: { styles: { label: { color: 'var(--mantine-color-text)' } } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
    // The page scrolls inside <main>, so there is no body scroll to lock (and no style element to add for it).
    Modal: {
      // A dialog's <header> is no second banner of the page.
      defaultProps: { centered: true, radius: 'lg', lockScroll: false, attributes: { header: { role: 'none' } } },
    },
    Drawer: { defaultProps: { lockScroll: false, attributes: { header: { role: 'none' } } } },
    Menu: { defaultProps: { radius: 'md', shadow: 'md' } },
  },
})

/** Mantine's own dimmed and placeholder colours fall short of 4.5:1. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#66645e',
    '--mantine-color-placeholder': '#6f6d67',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#0c6b58',
  },
  dark: {
    '--mantine-color-body': '#151a18',
    '--mantine-color-text': '#e4e8e6',
    '--mantine-color-dimmed': '#a3aca7',
    '--mantine-color-placeholder': '#8f9994',
    '--mantine-color-error': '#ff9a92',
    '--mantine-color-anchor': '#76c2a9',
  },
})
