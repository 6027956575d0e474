/** A contender in a process of its own: `serve.js NAME REDIS_URL` prints its port. */
import { connect } from '../client.ts'
import { serve } from './contenders.ts'

const [name, url] = process.argv.slice(2) as [string, string]
console.log(await serve(name, await connect(url)))
