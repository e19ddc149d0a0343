// A click on the picture sets the two numbers of its focus; by keyboard, the numbers are there to be typed.
for (const across of document.querySelectorAll("[data-focus-of]")) {
  const down = document.getElementById(`id_${across.dataset.focusDown}`)
  const frame = document.createElement("div")
  const image = document.createElement("img")
  const point = document.createElement("span")
  frame.className = "focal-point"
  point.className = "focal-point__point"
  image.src = across.dataset.focusOf
  image.alt = ""
  frame.append(image, point)
  across.closest(".form-row").prepend(frame)

  const show = () => {
    point.style.left = `${across.value}%`
    point.style.top = `${down.value}%`
  }
  frame.addEventListener("click", event => {
    const box = image.getBoundingClientRect()
    const share = (at, start, length) => Math.round(Math.min(Math.max((at - start) / length, 0), 1) * 100)
    across.value = share(event.clientX, box.left, box.width)
    down.value = share(event.clientY, box.top, box.height)
    down.dispatchEvent(new Event("input", { bubbles: true }))
    show()
  })
  for (const field of [across, down]) field.addEventListener("input", show)
  show()
}
