import { expect, test } from 'vitest'
import { SojournStore } from '../../../src/compat/express-session.ts'
import { shareClasses } from '../../support/hidden-class.ts'
import { opener } from './site.ts'

const open = opener(
  () => new SojournStore({ engine: 'memory' }),
  async () => {},
)

test('requests that load a session share a hidden class, and so do their responses', async () => {
  const shared = await shareClasses(async (see) => {
    const { browser } = await open(
      {},
      {
        '/login': ({ session }) => {
          session.user = 'andrew'
        },
        '/': (request, response) => {
          response.locals.name = request.session.user
          see(request, response)
        },
      },
    )
    const visitor = browser()
    await visitor.get('/login')
    for (let visit = 0; visit < 8; visit++) await visitor.get('/')
  })
  expect(shared).toBe(true)
})
