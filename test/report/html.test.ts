import { describe, expect, it } from 'vitest'
import { html, jsonData } from '../../src/report/html.js'

describe('markup', () => {
  it('escapes what is put into it and keeps what is markup already', () => {
    const foreign = `<img src=x onerror="alert('1')">&`
    const inner = html`<b title="${foreign}">${foreign}</b>`
    const escaped = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;'
    expect(inner.text).toBe(`<b title="${escaped}">${escaped}</b>`)
    expect(html`<p>${inner}${[html`<i>${1}</i>`, null, undefined, 'x<']}</p>`.text).toBe(
      `<p>${inner.text}<i>1</i>x&lt;</p>`,
    )
  })

  it('shows that there is something which draws nothing or reorders', () => {
    expect(html`${'a\u{202e}b\u{0}c\u{200b}d\u{d800}'}`.text).toBe('a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}')
  })

  it('cuts what is longer than a page has room for', () => {
    expect(html`${'x'.repeat(65_535)}`.text).toBe(`${'x'.repeat(500)}…`)
  })

  it('has data in which nothing ends its element', () => {
    const value = { label: '</script><script>alert(1)</script><!--', line: '\u2028' }
    const { text } = jsonData(value)
    expect(text).not.toMatch(/[<>&\u2028]/)
    expect(JSON.parse(text)).toEqual(value)
  })
})
