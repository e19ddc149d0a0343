// While the name of a new organization is typed: tells which ones that are here it may be.
for (const name of document.querySelectorAll("[data-looks-like-url]")) {
  const shortName = document.getElementById("id_short_name")
  const note = document.createElement("div")
  let timer
  let asked = ""

  note.className = "looks-like"
  note.setAttribute("role", "status")
  name.closest(".form-row").append(note)

  async function look() {
    const query = new URLSearchParams({ name: name.value, short_name: shortName?.value ?? "" }).toString()
    if (query === asked) return
    asked = query
    if (!name.value.trim()) return tell({ found: [] })
    const answer = await fetch(`${name.dataset.looksLikeUrl}?${query}`)
    if (answer.ok && query === asked) tell(await answer.json())
  }

  function tell({ title, found }) {
    note.replaceChildren()
    if (!found.length) return
    const list = document.createElement("ul")
    for (const { name, place, address } of found) {
      const item = document.createElement("li")
      const link = document.createElement("a")
      Object.assign(link, { href: address, target: "_blank", textContent: name, dir: "auto" })
      item.append(link, place && ` (${place})`)
      list.append(item)
    }
    note.append(title, list)
  }

  for (const field of [name, shortName]) {
    field?.addEventListener("input", () => {
      clearTimeout(timer)
      timer = setTimeout(look, 300)
    })
  }
}
