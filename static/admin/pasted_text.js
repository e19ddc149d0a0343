// What is pasted into a text, or written as its source, and would be lost before the site sees it: the editor takes out
// what it does not offer. Here it becomes what the editor does offer, as forum_site/core/text/pasted_html.py does for all texts.
const RENAMED = { H1: "h2", H5: "h4", H6: "h4", DEL: "s", STRIKE: "s" }
const CONCERNED = /<(?:h[156]|del|strike|iframe|video|audio|embed|object)\b|line-through|<a\b[^>]*\sname=/i
const WEB = /^(?:https?:)?\/\/[^\s\\]+$/i

function renamed(element, name) {
  const other = document.createElement(name)
  if (element.id) other.id = element.id
  other.append(...element.childNodes)
  element.replaceWith(other)
  return other
}

function filmAddress(element) {
  const places = [element, ...element.querySelectorAll("source, embed")]
  const address = places
    .map(place => place.getAttribute("src") || place.getAttribute("data") || "")
    .find(found => WEB.test(found.trim()))
  return address?.trim().replace(/^\/\//, "https://")
}

// The page of a film, where its address tells; the server knows more sites.
function filmPage(address) {
  const [, youtube] = address.match(/^https?:\/\/(?:www\.)?youtube(?:-nocookie)?\.com\/embed\/([\w-]{6,20})(?:\?.*)?$/i) ?? []
  if (youtube && youtube !== "videoseries") return `https://www.youtube.com/watch?v=${youtube}`
  const [, vimeo] = address.match(/^https?:\/\/player\.vimeo\.com\/video\/(\d+)(?:\?.*)?$/i) ?? []
  return vimeo ? `https://vimeo.com/${vimeo}` : address
}

function adapted(html) {
  if (!CONCERNED.test(html)) return html
  const template = document.createElement("template")
  template.innerHTML = html
  const { content } = template
  for (const film of content.querySelectorAll("iframe, video, audio, object, embed")) {
    const address = filmAddress(film)
    if (!address) continue // The editor takes it out.
    const link = document.createElement("a")
    link.href = link.textContent = filmPage(address)
    const isAlone = film.parentNode === content || film.parentNode.nodeName === "DIV"
    const shown = isAlone ? document.createElement("p") : link
    if (isAlone) shown.append(link)
    film.replaceWith(shown)
  }
  for (const element of content.querySelectorAll("h1, h5, h6, del, strike")) renamed(element, RENAMED[element.nodeName])
  for (const span of content.querySelectorAll("span[style*='line-through']")) {
    span.style.textDecoration = ""
    const struck = document.createElement("s")
    struck.append(...span.childNodes)
    span.append(struck)
  }
  const here = location.href.replace(/#.*/, "#") // Some browsers put a whole address before the fragment.
  for (const link of content.querySelectorAll("a[href]")) {
    const href = link.getAttribute("href")
    if (href.startsWith(here)) link.setAttribute("href", href.slice(here.length - 1))
  }
  for (const anchor of content.querySelectorAll("a[name]")) {
    anchor.id ||= anchor.name
    anchor.removeAttribute("name")
    if (anchor.hasAttribute("href") || anchor.textContent) continue
    // The editor drops an anchor with nothing in it: what it stands in is led to.
    const block = anchor.closest("h2, h3, h4, p, li, td, th")
    if (block && !block.id) {
      block.id = anchor.id
      anchor.remove()
    }
  }
  return template.innerHTML
}

// The filter of Google Docs fails at a span of which no style is left (ckeditor4#4204), and nothing is pasted then. The
// editor loads it when it is first needed, and tells of the same paste once more.
function guardFilter() {
  const styles = CKEDITOR.plugins.pastetools?.filters?.common?.styles
  if (!styles || styles.isGuarded) return
  const { createStyleStack } = styles
  styles.isGuarded = true
  styles.createStyleStack = function (element, ...others) {
    createStyleStack.call(this, element, ...others)
    element.attributes.style ??= ""
  }
}

function plainText({ dataTransfer, dataValue }) {
  const text = dataTransfer?.getData("text/plain")
  if (text) return text
  const template = document.createElement("template")
  template.innerHTML = dataValue ?? ""
  return template.content.textContent
}

window.CKEDITOR?.on("instanceCreated", ({ editor }) => {
  editor.on("toHtml", event => { event.data.dataValue = adapted(event.data.dataValue) }, null, null, 1)
  editor.on("paste", ({ data }) => {
    guardFilter()
    if (/line-through/.test(data.dataValue)) data.dataValue = adapted(data.dataValue) // Filters take styles out.
  }, null, null, 1)

  // Whatever fails while something is pasted, its words are kept.
  const { fire } = editor
  editor.fire = function (name, data, ...others) {
    if (name !== "paste") return fire.call(this, name, data, ...others)
    const text = plainText(data)
    try {
      return fire.call(this, name, data, ...others)
    } catch (error) {
      console.warn("Pasted as plain text:", error)
      editor.insertText(text)
      return false
    }
  }
})
