/** The sessions of one person: their devices, and logging out elsewhere and everywhere. */
import { describe, expect, test } from 'vitest'
import { sessionHandle } from '../../../src/index.ts'
import type { Call, Routes } from '../adapter.ts'
import { type Bench, countSessions } from '../site.ts'

const routes: Routes = {
  'GET /who': ({ session }) => ({ json: session.get('user_id') ?? null }),
  'POST /login': async ({ session, query }) => {
    await session.rotate({ authenticated: true, data: { user_id: query.get('user') ?? '' } })
    return { json: 'ok' }
  },
  'GET /devices': async ({ session }) => {
    const devices = []
    for await (const { handle, fields } of session.others(['user_agent', 'ip'])) devices.push({ handle, ...fields })
    return { json: devices }
  },
  'POST /logout-others': async ({ session }) => ({ json: await session.logoutOthers() }),
  'POST /logout-everywhere': async ({ session }) => ({ json: await session.logoutEverywhere() }),
}

function refusalOf(change: () => void): string | null {
  try {
    change()
    return null
  } catch (error) {
    return (error as { code: string }).code
  }
}

export function describePeople({ open, engine }: Bench): void {
  describe('the sessions of one person', () => {
    const people = () =>
      open(routes, {
        storeOptions: { indexes: { user_id: true } },
        remember: { userAgent: true, ip: () => '192.0.2.7' },
      })

    test('V7.5.2 others are listed by handle, with what was remembered of them', async () => {
      const { browser } = await people()
      const [laptop, phone, stranger] = [browser(), browser(), browser()]
      await laptop.post('/login?user=42')
      await phone.post('/login?user=42')
      await stranger.post('/login?user=7')
      const devices = (await (await laptop.get('/devices')).json()) as Record<string, string>[]
      expect(devices).toEqual([
        { handle: sessionHandle(phone.cookie('sid') as string), user_agent: expect.any(String), ip: '192.0.2.7' },
      ])
      expect(JSON.stringify(devices)).not.toContain(phone.cookie('sid'))
      expect(await (await browser().get('/devices')).json()).toEqual([])
    })

    test('V7.4.3 all others can be ended', async () => {
      const { browser } = await people()
      const [laptop, phone, stranger] = [browser(), browser(), browser()]
      for (const device of [laptop, phone]) await device.post('/login?user=42')
      await stranger.post('/login?user=7')
      expect(await (await laptop.post('/logout-others')).json()).toBe(1)
      expect(await (await laptop.get('/who')).json()).toBe('42')
      expect(await (await phone.get('/who')).json()).toBe(null)
      expect(await (await stranger.get('/who')).json()).toBe('7')
    })

    test('V7.4.3 or all, this one too, and the cookie goes', async () => {
      const { browser, store } = await people()
      const [laptop, phone] = [browser(), browser()]
      for (const device of [laptop, phone]) await device.post('/login?user=42')
      expect(await (await laptop.post('/logout-everywhere')).json()).toBe(2)
      expect(laptop.cookie('sid')).toBeUndefined()
      expect(await (await phone.get('/who')).json()).toBe(null)
      expect(await store.countSessions({ user_id: '42' })).toBe(0)
      expect(await (await browser().post('/logout-everywhere')).json()).toBe(0)
    })

    test.each([
      ['before it changed anything', async () => {}, async () => {}],
      ['after it set a field', async () => {}, async ({ session }: Call) => session.set('theme', 'dark')],
      ['and it has seen that', async ({ session }: Call) => void (await session.increment('visits')), async () => {}],
    ])('V7.4.3 also when this one ends elsewhere, %s', async (_, see, change) => {
      const store = engine.store({ indexes: { user_id: true } })
      const { browser, probe } = await open(
        {
          ...routes,
          'POST /end-first': async (call) => {
            await change(call)
            const other = laptop.cookie('sid') as string
            await store.deleteSession(other)
            await see(call)
            const ended = await call.session.logoutEverywhere()
            return { json: [ended, refusalOf(() => call.session.set('theme', 'light'))] }
          },
        },
        { store },
      )
      const [laptop, phone] = [browser(), browser()]
      for (const device of [laptop, phone]) await device.post('/login?user=42')
      probe.calls()
      expect((await laptop.post('/end-first')).json()).toEqual([1, 'SOJOURN_SESSION_DESTROYED'])
      expect(laptop.cookie('sid')).toBeUndefined()
      expect((await phone.get('/who')).json()).toBe(null)
      expect(probe.calls().some(([method]) => method === 'createSession')).toBe(false)
    })

    test('V7.4.3 and with the cookie of a session that is over, nothing begins afterwards', async () => {
      const { browser, store } = await open({
        ...routes,
        'POST /over': async ({ session }) => {
          session.set('theme', 'dark')
          const ended = await session.logoutEverywhere()
          return { json: [ended, refusalOf(() => session.set('theme', 'light'))] }
        },
      })
      const [laptop, stranger] = [browser(), browser()]
      await laptop.post('/login?user=42')
      await store.deleteSession(laptop.cookie('sid') as string)
      for (const each of [laptop, stranger]) {
        expect((await each.post('/over')).json()).toEqual([0, 'SOJOURN_SESSION_DESTROYED'])
        expect(each.cookie('sid')).toBeUndefined()
      }
      expect(await countSessions(store)).toBe(0)
    })

    test('V7.4.3 also when another request gives this one a new ID just before it ends', async () => {
      const kept = engine.store({ indexes: { user_id: true } })
      const store = new Proxy(kept, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name)
          if (typeof member !== 'function') return member
          if (name !== 'deleteSession') return member.bind(target)
          return async (id: string) => {
            await kept.rotateSession(id)
            return kept.deleteSession(id)
          }
        },
      })
      const { browser } = await open(routes, { store })
      const laptop = browser()
      await laptop.post('/login?user=42')
      expect(await (await laptop.post('/logout-everywhere')).json()).toBe(1)
      expect(await kept.countSessions({ user_id: '42' })).toBe(0)
    })

    test('a login that was overtaken is refused, whatever it rotates again, and another can begin', async () => {
      const store = engine.store({ indexes: { user_id: true } })
      const { browser, errors } = await open(
        {
          ...routes,
          'POST /overtaken': async ({ session }) => {
            const epoch = await store.loginEpoch({ user_id: '42' })
            await store.deleteSessions({ user_id: '42' })
            await session.rotate({ authenticated: true, data: { user_id: '42' }, epoch })
            await session.rotate({ data: { device: 'a laptop' } })
            const code = await session.save().catch((error) => error.code)
            session.flash('notice', 'log in again')
            return { json: code ?? null }
          },
          'GET /notice': ({ session }) => ({ json: [session.flash('notice'), session.get('user_id') ?? null] }),
        },
        { store },
      )
      const laptop = browser()
      expect((await laptop.post('/overtaken')).json()).toBe('SOJOURN_LOGIN_OVERTAKEN')
      expect((await laptop.get('/notice')).json()).toEqual(['log in again', null])
      expect(errors).toEqual([])
      expect(await store.countSessions({ user_id: '42' })).toBe(0)
    })

    test('a login in its epoch says so once: what comes after it is no login', async () => {
      const store = engine.store({ indexes: { user_id: true } })
      const { browser, errors } = await open(
        {
          ...routes,
          'POST /switch': async ({ session }) => {
            const epoch = await store.loginEpoch({ user_id: '42' })
            await session.rotate({ authenticated: true, data: { user_id: '42' }, epoch })
            await session.save()
            await store.deleteSessions({ user_id: '42' })
            await session.rotate({ data: { user_id: '7' } })
            return { json: 'ok' }
          },
        },
        { store },
      )
      const laptop = browser()
      await laptop.post('/switch')
      expect(errors).toEqual([])
      expect((await laptop.get('/who')).json()).toBe('7')
    })

    test('a visitor who is nobody yet logs out nobody else', async () => {
      const { browser, store } = await people()
      const [laptop, visitor] = [browser(), browser()]
      await laptop.post('/login?user=42')
      await visitor.post('/login?user=')
      expect(await (await visitor.post('/logout-others')).json()).toBe(0)
      expect(await (await visitor.post('/logout-everywhere')).json()).toBe(1)
      expect(visitor.cookie('sid')).toBeUndefined()
      expect(await store.countSessions({ user_id: '42' })).toBe(1)
    })
  })
}
