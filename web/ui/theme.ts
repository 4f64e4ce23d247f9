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

// Warm greys; shades 6 and darker have a contrast of 4.5:1 on the page's background.
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
    // The title uses the text colour: yellow on the tinted background is below a contrast of 4.5:1.
    Alert: { styles: { label: { color: 'var(--mantine-color-text)' } } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
    // The page scrolls inside <main>, so no body scroll needs locking (which would add a style element).
    Modal: {
      // Keeps a dialog's <header> from becoming a second banner landmark.
      defaultProps: { centered: true, radius: 'lg', lockScroll: false, attributes: { header: { role: 'none' } } },
    },
    Drawer: { defaultProps: { lockScroll: false, attributes: { header: { role: 'none' } } } },
    Menu: { defaultProps: { radius: 'md', shadow: 'md' } },
  },
})

/** Replaces Mantine's dimmed and placeholder colours, whose contrast is below 4.5:1. */
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
