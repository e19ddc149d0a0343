// The time zone of an event: taken from country and city until somebody chooses one, and warned of where it is wrong.
for (const zone of document.querySelectorAll("[data-time-zone-url]")) {
  const form = zone.form
  const country = form.elements.country
  const city = form.elements.city
  const attendance = form.elements.attendance
  const note = document.createElement("div")
  const isNew = !form.elements.base_number
  // A form that was refused has what was chosen before.
  let isChosen = !isNew || zone.value !== form.elements["initial-time_zone"]?.value
  let proposed = ""
  let timer
  let asked = ""
  let isSent = false // See suggest_slug.js.

  note.className = "looks-like"
  note.setAttribute("role", "status")
  zone.closest(".form-row").append(note)

  async function ask() {
    const query = new URLSearchParams({ country: country.value, city: city.value, zone: zone.value }).toString()
    asked = query
    if (!country.value || attendance?.value === "online") return tell("")
    const answer = await fetch(`${zone.dataset.timeZoneUrl}?${query}`)
    if (!answer.ok || query !== asked) return
    const found = await answer.json()
    if (isSent) return
    if (!isChosen && found.proposed && found.proposed !== zone.value) {
      zone.value = proposed = found.proposed
      return tell(found.told)
    }
    tell(found.warning || (zone.value === proposed ? found.told : ""))
  }

  function tell(text) {
    note.textContent = text
  }

  function askSoon() {
    clearTimeout(timer)
    timer = setTimeout(ask, 300)
  }

  // The server proposes a zone for a new event, too, unless it is told that this one is meant.
  function choose() {
    if (isNew && !isChosen) {
      const mark = document.createElement("input")
      Object.assign(mark, { type: "hidden", name: "time_zone_is_chosen", value: "1" })
      form.append(mark)
    }
    isChosen = true
    ask()
  }

  form.addEventListener("submit", () => { isSent = true })
  addEventListener("pageshow", () => { isSent = false })

  if (country && city) {
    zone.addEventListener("change", choose)
    for (const field of [country, city, attendance]) field?.addEventListener("input", askSoon)
    for (const field of [country, attendance]) field?.addEventListener("change", askSoon)
    if (country.value) ask()
  }
}
