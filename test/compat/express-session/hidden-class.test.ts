import { expect, test } from 'vitest'
import { SojournStore } from '../../../src/compat/express-session.ts'
import { haveSameClass } from '../../support/hidden-class.ts'
import { opener } from './site.ts'

test('requests that load a session share a hidden class, and so do their responses', async () => {
  const seen: [request: object, response: object][] = []
  const open = opener(
    () => new SojournStore({ engine: 'memory' }),
    async () => {},
  )
  const { browser } = await open(
    {},
    {
      '/login': ({ session }) => {
        session.user = 'andrew'
      },
      '/': (request, response) => {
        response.locals.name = request.session.user
        seen.push([request, response])
      },
    },
  )
  const visitor = browser()
  for (const path of ['/login', '/', '/']) await visitor.get(path)
  const [[request, response], [nextRequest, nextResponse]] = seen as [[object, object], [object, object]]
  expect([haveSameClass(request, nextRequest), haveSameClass(response, nextResponse)]).toEqual([true, true])
})
