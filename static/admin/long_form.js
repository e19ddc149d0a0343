// Ctrl-S saves a form and goes on with it where it was; whoever leaves it with something unsaved is asked first.
const form = document.querySelector("#content-main > form")
const save = form?.querySelector(".submit-row [name=_continue]") ?? form?.querySelector(".submit-row [name=_save]")

if (save) {
  const wasRefused = Boolean(form.querySelector(".errornote"))
  let stored = written()
  let isTouched = false
  let isSent = false
  let hasMoved = false
  const success = document.querySelector(".messagelist .success")
  const place = takePlace()

  // It opens in a tab of its own, and saves nothing.
  function isPreview(event) {
    return event.submitter?.name === "_preview"
  }

  // Rich texts are left to their editors, which hand them over when the form is sent.
  function written() {
    const inEditors = new Set()
    if (window.CKEDITOR) {
      for (const text of form.querySelectorAll("[data-type=ckeditortype]")) inEditors.add(text.name)
    }
    const fields = [...new FormData(form)].map(([name, value]) => [name, inEditors.has(name) || (value.name ?? value)])
    return JSON.stringify(fields)
  }

  function isUnsaved() {
    const editors = Object.values(window.CKEDITOR?.instances ?? {})
    return wasRefused || written() !== stored || editors.some(editor => editor.checkDirty())
  }

  // The letter on the key; with another alphabet, the letter that stands there on a Latin keyboard.
  function isSaveKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return false
    const letter = /^[a-z]$/i.test(event.key) ? event.key : event.code.slice(-1)
    return letter.toLowerCase() === "s"
  }

  function saveAndGoOn() {
    if (isSent) return
    rememberPlace()
    save.click()
  }

  // The last heading or row that has been scrolled past, and how far.
  function rememberPlace() {
    const passed = [...form.querySelectorAll("[id$=-heading], .inline-related[id]:not(.empty-form)")]
      .map(part => [part.id, part.getBoundingClientRect().top])
      .filter(([, top]) => top < 100)
    if (passed.length) sessionStorage.setItem("place", JSON.stringify(passed.at(-1)))
  }

  function takePlace() {
    const place = JSON.parse(sessionStorage.getItem("place"))
    sessionStorage.removeItem("place")
    return success ? place : null
  }

  // Until the reader goes elsewhere: the editors that open one by one push all else down.
  function returnToPlace() {
    const part = place && !hasMoved && document.getElementById(place[0])
    if (part) scrollBy({ top: part.getBoundingClientRect().top - place[1], behavior: "instant" })
  }

  // What the head of the page says is out of sight there.
  function tellSuccess() {
    const note = document.createElement("p")
    note.className = "submit-row__note"
    note.textContent = success.textContent
    save.closest(".submit-row").append(note)
  }

  save.setAttribute("aria-keyshortcuts", "Control+S Meta+S")

  document.addEventListener("keydown", event => {
    if (!isSaveKey(event)) return
    event.preventDefault()
    saveAndGoOn()
  })

  // An editor is a page of its own, which keeps its keys to itself.
  window.CKEDITOR?.on("instanceReady", ({ editor }) => {
    editor.addCommand("saveForm", { modes: { wysiwyg: 1, source: 1 }, exec: saveAndGoOn })
    editor.setKeystroke(window.CKEDITOR.CTRL + 83, "saveForm")
    returnToPlace()
  })

  if (place) tellSuccess()
  for (const kind of ["keydown", "pointerdown", "wheel"]) addEventListener(kind, () => { hasMoved = true }, { once: true })

  form.addEventListener("input", () => { isTouched = true })
  addEventListener("load", () => {
    if (!isTouched) stored = written() // Scripts of the admin have set fields of their own.
    returnToPlace()
  })

  addEventListener("submit", event => { if (event.target === form && !event.defaultPrevented && !isPreview(event)) isSent = true })
  addEventListener("pageshow", event => { if (event.persisted) isSent = false })
  addEventListener("beforeunload", event => { if (!isSent && isUnsaved()) event.preventDefault() })
}
