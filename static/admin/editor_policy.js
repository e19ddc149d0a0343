// The content security policy admits no inline script, and CKEditor 4 writes its own into what it builds: calls of numbered
// functions of its own, as handlers in attributes and in the documents of its frames. Here they become listeners that make
// the same calls. Whatever else comes as an inline script, such as from a text, is left to the policy, which refuses it.
const CALL = /^(return )?CKEDITOR\.tools\.callFunction\((\d+)((?:\s*,\s*(?:event|this|null|-?\d+|'(?:[^'\\]|\\.)*'))*)\s*\);?\s*(return false;?)?$/
const ARGUMENT = /event|this|null|-?\d+|'(?:[^'\\]|\\.)*'/g

// Return the function that an attribute such as onclick says; of one that says nothing of the editor's, undefined.
function handler(code, element) {
  if (/^return false;?$/.test(code)) return () => false
  const [, returns, number, list, refuses] = code.match(CALL) ?? []
  if (!number) return undefined
  return (event) => {
    const given = (list.match(ARGUMENT) ?? []).map((name) => {
      if (name === "event") return event
      if (name === "this") return element
      if (name === "null") return null
      return name.startsWith("'") ? name.slice(1, -1).replace(/\\(.)/g, "$1") : Number(name)
    })
    const answer = CKEDITOR.tools.callFunction(Number(number), ...given)
    return refuses ? false : returns && answer
  }
}

const TAG = /<[a-z](?:[^>"']|"[^"]*"|'[^']*')*>/gi
const NAME = /"[^"]*"|'[^']*'|(\s)on([a-z]+)(?=\s*=)/gi

// Return what `html` builds, with listeners in place of the handlers in its attributes.
function built(html) {
  const template = document.createElement("template")
  template.innerHTML = html.replace(TAG, (tag) =>
    tag.replace(NAME, (all, space, event) => (event ? `${space}data-cke-on-${event}` : all)),
  )
  for (const element of template.content.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (name.startsWith("data-cke-on-")) {
        element.removeAttribute(name)
        const handle = handler(value, element)
        if (handle) {
          element.addEventListener(name.slice("data-cke-on-".length), (event) => {
            if (handle(event) === false) event.preventDefault()
          })
        }
      } else if (name === "src" && value.startsWith("javascript:")) {
        element.removeAttribute(name) // A frame without an address is empty, too.
      }
    }
  }
  return template.content
}

const { element, document: page } = CKEDITOR.dom
const setHtml = element.prototype.setHtml
element.prototype.setHtml = function (html) {
  if (this instanceof CKEDITOR.editable || !/\son[a-z]+\s*=|javascript:/i.test(html)) return setHtml.call(this, html)
  this.$.replaceChildren(built(html))
  return html
}

// The documents of frames: of a text, of a list to choose from, of a box to paste into.
const STARTS = /<script id="cke_actscrpt"[^>]*>[^<]*?callFunction\((\d+), ?(?:window|this)\)[^<]*<\/script>/
const LOADED = /^([^]*?<body[^>]*?) onload="[^"]*?callFunction\((\d+)\);?"/
page.prototype.write = function (html) {
  const frame = this.$
  const [, starts] = html.match(STARTS) ?? []
  const [, , loaded] = starts ? [] : (html.match(LOADED) ?? [])
  frame.open("text/html", "replace")
  frame.write(starts ? html.replace(STARTS, "") : html.replace(LOADED, "$1"))
  const call = (number) => () => CKEDITOR.tools.callFunction(Number(number), frame.defaultView)
  if (starts) frame.addEventListener("DOMContentLoaded", call(starts))
  if (loaded) frame.defaultView.addEventListener("load", call(loaded))
  frame.close()
}

// The form of a dialog that sends a file stands in a frame, which tells when it is there and when it is sent.
const SENDS = /<script>[^<]*?callFunction\((\d+)\);\s*window\.onbeforeunload[^<]*?callFunction\((\d+)\)\s*\}<\/script>/
const getFrameDocument = element.prototype.getFrameDocument
element.prototype.getFrameDocument = function () {
  const found = getFrameDocument.call(this)
  const frame = found.$
  if (this.hasClass("cke_dialog_ui_input_file")) {
    frame.write = (html) => {
      const [, there, sent] = html.match(SENDS) ?? []
      Document.prototype.write.call(frame, html.replace(SENDS, ""))
      if (!there) return
      queueMicrotask(() => CKEDITOR.tools.callFunction(Number(there)))
      frame.defaultView.addEventListener("beforeunload", () => CKEDITOR.tools.callFunction(Number(sent)))
    }
  }
  return found
}
