// Scores pages by the rules of Mozilla's HTTP Observatory, with its own retriever, analyzers and figures: what its scan() does,
// but for an address with ports, a page that is not the first one, somebody who is signed in, and an answer of 404 or 503.
// Reads {ports, pages: [{name, path, cookie}]} from standard input; argv[2] is the folder of the package.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const load = (name) => import(pathToFileURL(join(process.argv[2], "src", name)))
const { ALL_TESTS } = await load("constants.js")
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await load("grader/charts.js")
const { getGradeForScore, getScoreModifier } = await load("grader/grader.js")
const { retrieve } = await load("retriever/retriever.js")

const { ports, pages } = JSON.parse(readFileSync(0, "utf8"))
const results = []
for (const { name, path, cookie } of pages) {
  const headers = ["Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"]
  if (cookie) headers.push(`Cookie: ${cookie}`)
  const found = await retrieve("localhost", { ...ports, path, headers })
  if (!found.responses.auto) throw new Error(`${path} was not answered.`)
  const tests = ALL_TESTS.map((test) => test(found))
  const points = tests.map((test) => getScoreModifier(test.result))
  const lost = 100 + points.filter((each) => each < 0).reduce((sum, each) => sum + each, 0)
  const score = lost >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? points.reduce((sum, each) => sum + each, 100) : lost
  results.push({
    name,
    path,
    status: found.responses.auto.status,
    ...getGradeForScore(score),
    tests: Object.fromEntries(tests.map((test, index) => [test.constructor.name, [points[index], test.result]])),
  })
}
console.log(JSON.stringify(results))
