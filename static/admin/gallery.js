// The gallery of an event: takes in many files at once, each of which becomes a picture of the library and a row here.
const drop = document.querySelector(".picture-drop")
const group = document.querySelector("#pictures-group")
const token = document.querySelector("[name=csrfmiddlewaretoken]")
const waiting = []
const MAX_TRIES = 20
const PAUSE = 3000 // milliseconds before a file is sent again that came while the server was busy with others
let isBusy = false

function element(name, className, text = "") {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

// What a row shows of the picture that it names.
function show(input, facts) {
  const field = name => document.getElementById(input.id.replace(/picture$/, name))
  const preview = input.closest(".picture-chooser").querySelector(".picture-preview")
  preview.src = facts?.preview ?? ""
  preview.hidden = !facts
  if (facts && field("alt")) {
    field("alt").value = facts.alt
    field("credit").value = facts.credit
    field("is_decorative").checked = facts.is_decorative
  }
}

const count = name => Number(document.querySelector(`#id_pictures-${name}_FORMS`).value)

function addRow(facts) {
  const number = count("TOTAL")
  group.querySelector(".add-row a").click()
  const input = document.querySelector(`#id_pictures-${number}-picture`)
  input.value = facts.id
  show(input, facts)
  input.closest(".inline-related").querySelector(".inline_label").textContent = facts.name
}

function take(file) {
  const line = element("li", "picture-drop__file")
  const bar = document.createElement("progress")
  const state = element("span", "picture-drop__state", drop.dataset.waiting)
  bar.max = 1
  bar.value = 0
  bar.setAttribute("aria-label", file.name)
  line.append(element("bdi", "picture-drop__name", file.name), bar, state)
  drop.querySelector(".picture-drop__files").append(line)
  waiting.push({ file, line, bar, state, tries: 0 })
}

function end({ line, bar, state }, text, isRefused) {
  bar.remove()
  state.textContent = text
  line.classList.toggle("picture-drop__file--refused", isRefused)
}

function answerOf(request) {
  try {
    return JSON.parse(request.responseText)
  } catch {
    return null
  }
}

function uploadNext() {
  const next = waiting.shift()
  isBusy = Boolean(next)
  if (!next) return
  const isFull = count("TOTAL") >= count("MAX_NUM")
  if (isFull || next.file.size > Number(drop.dataset.largest)) {
    end(next, isFull ? drop.dataset.full : drop.dataset.tooLarge, true)
    uploadNext()
    return
  }
  const request = new XMLHttpRequest()
  const body = new FormData()
  body.append("upload", next.file)
  request.open("POST", drop.dataset.upload)
  request.setRequestHeader("X-CSRFToken", token.value)
  request.upload.addEventListener("progress", event => { next.bar.value = event.loaded / event.total })
  request.addEventListener("loadend", () => {
    const answer = answerOf(request)
    if (answer?.error?.is_busy && ++next.tries < MAX_TRIES) {
      next.state.textContent = answer.error.message
      waiting.unshift(next)
      setTimeout(uploadNext, PAUSE)
      return
    }
    if (answer?.uploaded) addRow(answer)
    end(next, answer?.uploaded ? drop.dataset.done : answer?.error?.message ?? drop.dataset.failed, !answer?.uploaded)
    uploadNext()
  })
  next.state.textContent = ""
  request.send(body)
}

function takeAll(files) {
  for (const file of files) take(file)
  if (!isBusy) uploadNext()
}

const hasFiles = event => event.dataTransfer?.types.includes("Files")

if (drop && group) {
  drop.hidden = false
  group.querySelector("h2").after(drop)
  drop.querySelector("input").addEventListener("change", event => {
    takeAll(event.target.files)
    event.target.value = ""
  })
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, event => { if (hasFiles(event)) drop.classList.add("picture-drop--over") })
  }
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("picture-drop--over"))
  drop.addEventListener("drop", event => { if (hasFiles(event)) takeAll(event.dataTransfer.files) })

  // A file that falls beside the field would open in the place of the form, and all that was typed would be gone.
  for (const kind of ["dragover", "drop"]) {
    addEventListener(kind, event => {
      if (hasFiles(event) && event.target.type !== "file") event.preventDefault()
    })
  }
  addEventListener("beforeunload", event => { if (isBusy) event.preventDefault() })
}

// A number that was typed, or chosen in the library: Django tells of the latter by jQuery alone.
window.django?.jQuery(document).on("change", ".picture-chooser input", async ({ target }) => {
  const address = target.closest(".picture-chooser").dataset.facts.replace("/0/", `/${Number(target.value) || 0}/`)
  const answer = target.value && (await fetch(address))
  show(target, answer?.ok ? await answer.json() : null)
})
