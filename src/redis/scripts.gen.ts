// Generated from lua/*.lua by scripts/compile-lua.mjs. Do not edit.

/** What a script declares, and what it does. */
export type Lua = readonly [declarations: string, body: string]

const lua_MAX_TTL: string = `local MAX_TTL = '8000000000000'
`

const lua_MAX_EXACT: string = `local MAX_EXACT = 9007199254740992
`

const lua_TOO_MANY_FIELDS: string = `local TOO_MANY_FIELDS, TOO_LARGE, NOT_AN_INTEGER, OVERFLOW, CONFLICT = -1, -2, -3, -4, -5
`

const lua_TIME: string = `local TIME = redis.call('TIME')
`

const lua_now: string = `local function now()
return tonumber(TIME[1]) * 1000 + math.floor(tonumber(TIME[2]) / 1000)
end
`

const lua_timestamp: string = `local function timestamp()
if TIME[1] == ARGV[1] then return ARGV[2] end
local seconds = tonumber(TIME[1])
local days = math.floor(seconds / 86400)
local time = seconds % 86400
local z = days + 719468
local era = math.floor(z / 146097)
local doe = z % 146097
local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
local mp = math.floor((5 * doy + 2) / 153)
local day = doy - math.floor((153 * mp + 2) / 5) + 1
local month = mp < 10 and mp + 3 or mp - 9
local year = yoe + era * 400 + (month <= 2 and 1 or 0)
return string.format('%04d-%02d-%02dT%02d:%02d:%02d+00:00', year, month, day,
math.floor(time / 3600), math.floor(time / 60) % 60, time % 60)
end
`

const lua_isTtl: string = `local function isTtl(stored)
if not string.find(stored, '^[1-9]%d*$') then return false end
return #stored < #MAX_TTL or #stored == #MAX_TTL and stored <= MAX_TTL
end
`

const lua_SESSION: string = `local SESSION = {}
`

const lua_judge: string = `local function judge(key, reply, ttl, created, accessed, deadline, successor, indexedUntil)
if reply.err and not string.find(reply.err, 'WRONGTYPE', 1, true) then error(reply.err) end
if successor then return nil, { successor, redis.call('HGET', key, 'sojourn:handover') or '' } end
if not created or not accessed or not ttl then return nil, nil end
if ttl ~= SESSION.ttl and not isTtl(ttl) then return nil, nil end
if deadline then
deadline = tonumber(deadline) or 0
if now() >= deadline then
redis.call('DEL', key)
return nil, nil
end
end
SESSION.ttl, SESSION.created, SESSION.accessed = ttl, created, accessed
SESSION.deadline, SESSION.indexedUntil = deadline, indexedUntil and tonumber(indexedUntil)
SESSION.isCapped = false
return SESSION
end
`

const lua_FIRST_EXTRA: string = `local FIRST_EXTRA = 7
`

const lua_liveSession: string = `local function liveSession(key, ...)
local stored = redis.pcall('HMGET', key, 'session_ttl', 'created_at', 'last_accessed_at',
'sojourn:deadline', 'sojourn:successor', 'sojourn:indexed_until', ...)
local session, elsewhere = judge(key, stored, stored[1], stored[2], stored[3], stored[4], stored[5], stored[6])
return session, elsewhere, stored
end
`

const lua_tableOf: string = `local function tableOf(flat)
local fields = {}
for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
return fields
end
`

const lua_liveFields: string = `local function liveFields(key)
local flat = redis.pcall('HGETALL', key)
local fields = tableOf(flat)
local session, elsewhere = judge(key, flat, fields['session_ttl'], fields['created_at'], fields['last_accessed_at'],
fields['sojourn:deadline'], fields['sojourn:successor'], fields['sojourn:indexed_until'])
return session, elsewhere, fields
end
`

const lua_liveFlat: string = `local function liveFlat(key)
local flat = redis.pcall('HGETALL', key)
local ttl, created, accessedAt, deadline, successor, indexedUntil, fixed
for i = 1, #flat, 2 do
local field = flat[i]
if field == 'session_ttl' then
ttl = flat[i + 1]
elseif field == 'created_at' then
created = flat[i + 1]
elseif field == 'last_accessed_at' then
accessedAt = i + 1
elseif field == 'sojourn:deadline' then
deadline = flat[i + 1]
elseif field == 'sojourn:successor' then
successor = flat[i + 1]
elseif field == 'sojourn:indexed_until' then
indexedUntil = flat[i + 1]
elseif field == 'sojourn:fixed' then
fixed = flat[i + 1]
end
end
local session, elsewhere = judge(key, flat, ttl, created, accessedAt and flat[accessedAt], deadline, successor, indexedUntil)
if not session then return nil, elsewhere end
session.accessedAt = accessedAt
session.fixed = fixed
return session, nil, flat
end
`

const lua_expire: string = `local function expire(key, session)
if not session.deadline and not session.indexedUntil then
redis.call('EXPIRE', key, session.ttl)
return true
end
local at = now() + tonumber(session.ttl) * 1000
if session.deadline and session.deadline < at then at = session.deadline end
if session.indexedUntil and session.indexedUntil < at then
at = session.indexedUntil
session.isCapped = true
end
redis.call('PEXPIREAT', key, string.format('%.0f', at))
return redis.call('EXISTS', key) == 1
end
`

const lua_access: string = `local function access(key, session)
local accessed = timestamp()
if accessed ~= session.accessed then redis.call('HSET', key, 'last_accessed_at', accessed) end
return accessed
end
`

const lua_refresh: string = `local function refresh(key, session)
return expire(key, session) and access(key, session) or nil
end
`

const lua_MANY: string = `local MANY = 4000
`

const lua_setFields: string = `local function setFields(key, flat)
for first = 1, #flat, MANY do
redis.call('HSET', key, unpack(flat, first, math.min(first + MANY - 1, #flat)))
end
end
`

const lua_seldom: string = `local function seldom()
local function fieldsOf(key)
return tableOf(redis.call('HGETALL', key))
end
local function sizeOf(fields)
local count, bytes = 0, 0
for field, value in pairs(fields) do
local isReserved = field == 'session_ttl' or field == 'created_at' or field == 'last_accessed_at'
or string.sub(field, 1, 8) == 'sojourn:'
if not isReserved then
count = count + 1
bytes = bytes + #field + #value
end
end
return count, bytes
end
local function refuse(fields, maxFields, maxBytes)
local count, bytes = sizeOf(fields)
if count > tonumber(maxFields) then return TOO_MANY_FIELDS end
if bytes > tonumber(maxBytes) then return TOO_LARGE end
return nil
end
local function announcedAt(key)
local announced = {}
local stored = redis.call('HGET', key, 'sojourn:indexed')
if stored then
for _, entry in ipairs(cjson.decode(stored)) do announced[entry] = true end
end
return announced
end
local function conflicts(key, json)
local seen = cjson.decode(json)
for _, field in ipairs(seen.fields) do
local value = redis.call('HGET', key, field[1])
if (value or cjson.null) ~= field[2] then return true end
end
if seen.size ~= cjson.null and seen.size ~= sizeOf(fieldsOf(key)) then return true end
if seen.within == cjson.null then return false end
local announced = announcedAt(key)
for _, entry in ipairs(seen.within) do announced[entry] = nil end
return next(announced) ~= nil
end
return { fieldsOf = fieldsOf, refuse = refuse, announcedAt = announcedAt, conflicts = conflicts }
end
`

export const adopt: Lua = [/* @__PURE__ */ [lua_TIME, lua_timestamp, lua_MANY, lua_setFields].join(''), `local key = KEYS[1]
local held = redis.pcall('HGET', key, 'sojourn:pending')
if held ~= ARGV[3] then return 0 end
local at = timestamp()
local flat = { 'created_at', at, 'last_accessed_at', at }
for i = 5, #ARGV do flat[#flat + 1] = ARGV[i] end
redis.call('DEL', key)
setFields(key, flat)
redis.call('PEXPIRE', key, ARGV[4])
return 1
`]

export const announce: Lua = [/* @__PURE__ */ [lua_MAX_TTL, lua_TOO_MANY_FIELDS, lua_TIME, lua_now, lua_isTtl, lua_SESSION, lua_judge, lua_liveSession, lua_tableOf, lua_expire, lua_seldom].join(''), `local key = KEYS[1]
local session, elsewhere = liveSession(key)
if not session then return elsewhere end
if ARGV[4] ~= '' and seldom().conflicts(key, ARGV[4]) then return CONFLICT end
local announced = seldom().announcedAt(key)
for _, entry in ipairs(cjson.decode(ARGV[1])) do announced[entry] = true end
local departed = false
for _, entry in ipairs(cjson.decode(ARGV[2])) do
if announced[entry] then departed = true end
announced[entry] = nil
end
local list = {}
for entry in pairs(announced) do list[#list + 1] = entry end
if ARGV[3] ~= '' and (session.indexedUntil or 0) < tonumber(ARGV[3]) then
local left = redis.call('PTTL', key)
if not session.indexedUntil and left >= 0 then session.ttl = left / 1000 end
session.indexedUntil = tonumber(ARGV[3])
if not expire(key, session) then return nil end
redis.call('HSET', key, 'sojourn:indexed_until', ARGV[3])
end
if departed then redis.call('HINCRBY', key, 'sojourn:departures', 1) end
if #list > 0 then
redis.call('HSET', key, 'sojourn:indexed', cjson.encode(list))
else
redis.call('HDEL', key, 'sojourn:indexed')
end
return 1
`]

export const claim: Lua = [/* @__PURE__ */ [lua_MANY, lua_setFields].join(''), `local key = KEYS[1]
local kind = redis.call('TYPE', key).ok
if kind == 'string' then
if redis.call('GET', key) ~= ARGV[1] then return 0 end
local left = redis.call('PTTL', key)
if left < 0 then left = ARGV[3] end
local flat = { 'sojourn:claim', ARGV[2] }
for i = 4, #ARGV do flat[#flat + 1] = ARGV[i] end
redis.call('DEL', key)
setFields(key, flat)
redis.call('PEXPIRE', key, left)
elseif kind ~= 'hash' or redis.call('HEXISTS', key, 'sojourn:claim') == 0 then
return nil
end
local reply = { redis.call('HGET', key, 'sojourn:claim'), string.format('%.0f', redis.call('PTTL', key)) }
local flat = redis.call('HGETALL', key)
for i = 1, #flat, 2 do
if flat[i] ~= 'sojourn:claim' then
reply[#reply + 1] = flat[i]
reply[#reply + 1] = flat[i + 1]
end
end
return reply
`]

export const convert: Lua = [/* @__PURE__ */ [lua_TIME, lua_timestamp, lua_MANY, lua_setFields].join(''), `local key = KEYS[1]
if redis.call('TYPE', key).ok ~= 'string' or redis.call('GET', key) ~= ARGV[3] then return 0 end
local left = redis.call('PTTL', key)
if left < 0 then left = ARGV[4] end
local at = timestamp()
local flat = { 'created_at', at, 'last_accessed_at', at }
for i = 5, #ARGV do flat[#flat + 1] = ARGV[i] end
redis.call('DEL', key)
setFields(key, flat)
redis.call('PEXPIRE', key, left)
return 1
`]

export const create: Lua = [/* @__PURE__ */ [lua_TIME, lua_now, lua_timestamp, lua_expire, lua_MANY, lua_setFields].join(''), `local key = KEYS[1]
local indexed
if ARGV[6] ~= '' then
if redis.call('HEXISTS', key, 'sojourn:pending') == 0 then return 0 end
indexed = redis.call('HGET', key, 'sojourn:indexed')
redis.call('DEL', key)
elseif redis.call('EXISTS', key) == 1 then
return 0
end
local session = { ttl = ARGV[3], indexedUntil = tonumber(ARGV[6]) }
local at = timestamp()
local flat = { 'session_ttl', ARGV[3], 'created_at', at, 'last_accessed_at', at }
for i = 7, #ARGV do flat[#flat + 1] = ARGV[i] end
local function keep(field, value)
flat[#flat + 1] = field
flat[#flat + 1] = value
end
if ARGV[4] ~= '' then
session.deadline = now() + tonumber(ARGV[4]) * 1000
keep('sojourn:deadline', string.format('%.0f', session.deadline))
end
if ARGV[5] == '1' then keep('sojourn:authenticated_at', at) end
if indexed then
keep('sojourn:indexed', indexed)
keep('sojourn:indexed_until', ARGV[6])
end
setFields(key, flat)
expire(key, session)
return 1
`]

export const end: Lua = [/* @__PURE__ */ [lua_MAX_TTL, lua_TOO_MANY_FIELDS, lua_TIME, lua_now, lua_isTtl, lua_SESSION, lua_judge, lua_liveSession, lua_tableOf, lua_seldom].join(''), `local key = KEYS[1]
local session, elsewhere = liveSession(key)
if elsewhere then return elsewhere end
if session then
if ARGV[1] ~= '' and seldom().conflicts(key, ARGV[1]) then return CONFLICT end
local indexed = redis.call('HGET', key, 'sojourn:indexed') or '[]'
redis.call('DEL', key)
return indexed
end
if redis.call('TYPE', key).ok == 'hash' then redis.call('DEL', key) end
return 0
`]

export const enter: Lua = [/* @__PURE__ */ [lua_TIME, lua_now].join(''), `local key = KEYS[1]
if ARGV[4] ~= '' and redis.call('ZSCORE', key, '@epoch') ~= ARGV[4] then return nil end
local others = {}
local size = redis.call('ZCARD', key)
for i = 1, math.min(size, 2) do
local rank = (tonumber(TIME[2]) * i) % size
local other = redis.call('ZRANGE', key, rank, rank)[1]
if other ~= ARGV[1] and other ~= '@epoch' then others[#others + 1] = other end
end
local order = tonumber(ARGV[3] ~= '' and ARGV[3] or nil)
if not order then
local top = redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')[2]
order = math.max(tonumber(TIME[1]) * 1000000 + tonumber(TIME[2]), (tonumber(top or nil) or 0) + 1)
end
local written = string.format('%.0f', order)
redis.call('ZADD', key, written, ARGV[1])
local needed = math.max(1, tonumber(ARGV[2]) - now())
if redis.call('PTTL', key) < needed then redis.call('PEXPIRE', key, string.format('%.0f', needed)) end
table.insert(others, 1, written)
return others
`]

export const epoch: Lua = [/* @__PURE__ */ [lua_TIME].join(''), `local key = KEYS[1]
local epoch = redis.call('ZSCORE', key, '@epoch')
if ARGV[1] == '1' or not epoch then
local microseconds = tonumber(TIME[1]) * 1000000 + tonumber(TIME[2])
redis.call('ZADD', key, string.format('%.0f', math.max(microseconds, (tonumber(epoch or nil) or 0) + 1)), '@epoch')
epoch = redis.call('ZSCORE', key, '@epoch')
end
if redis.call('PTTL', key) < tonumber(ARGV[2]) then redis.call('PEXPIRE', key, ARGV[2]) end
return epoch
`]

export const forget: Lua = [/* @__PURE__ */ [].join(''), `local key = KEYS[1]
local kind = redis.call('TYPE', key).ok
if kind == 'string' or kind == 'hash' and redis.call('HEXISTS', key, 'sojourn:claim') == 1 then
return redis.call('DEL', key)
end
return 0
`]

export const hold: Lua = [/* @__PURE__ */ [].join(''), `local key = KEYS[1]
if redis.call('EXISTS', key) == 0 then
redis.call('HSET', key, 'sojourn:pending', ARGV[1])
redis.call('PEXPIRE', key, ARGV[2])
end
local held = redis.pcall('HGET', key, 'sojourn:pending')
return type(held) == 'string' and held or nil
`]

export const increment: Lua = [/* @__PURE__ */ [lua_MAX_TTL, lua_MAX_EXACT, lua_TOO_MANY_FIELDS, lua_TIME, lua_now, lua_timestamp, lua_isTtl, lua_SESSION, lua_judge, lua_FIRST_EXTRA, lua_liveSession, lua_tableOf, lua_expire, lua_access, lua_refresh, lua_seldom].join(''), `local key, field = KEYS[1], ARGV[6]
local session, elsewhere, stored = liveSession(key, field, 'sojourn:fixed')
if not session then return elsewhere end
if ARGV[5] ~= '' and seldom().conflicts(key, ARGV[5]) then return CONFLICT end
if not stored[FIRST_EXTRA] then
local fields = seldom().fieldsOf(key)
fields[field] = ARGV[7]
local refusal = seldom().refuse(fields, ARGV[3], ARGV[4])
if refusal then return refusal end
end
local reply = redis.pcall('HINCRBY', key, field, ARGV[7])
if type(reply) == 'table' and reply.err then
if string.find(reply.err, 'not an integer', 1, true) then return NOT_AN_INTEGER end
if string.find(reply.err, 'overflow', 1, true) then return OVERFLOW end
return reply
end
local use = stored[FIRST_EXTRA + 1] and access or refresh
use(key, session)
local value = reply > -MAX_EXACT and reply < MAX_EXACT and string.format('%.0f', reply) or redis.call('HGET', key, field)
if session.isCapped then return { value, 'capped', '' } end
return value
`]

export const inspect: Lua = [/* @__PURE__ */ [lua_TIME, lua_now].join(''), `local key = KEYS[1]
local flat = redis.pcall('HGETALL', key)
if flat.err then
if string.find(flat.err, 'WRONGTYPE', 1, true) then return nil end
return flat
end
if #flat == 0 then return nil end
table.insert(flat, 1, string.format('%.0f', now()))
table.insert(flat, 1, string.format('%.0f', redis.call('PTTL', key)))
return flat
`]

export const leave: Lua = [/* @__PURE__ */ [].join(''), `if ARGV[2] ~= '' and redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])
`]

export const page: Lua = [/* @__PURE__ */ [].join(''), `local flat = redis.call('ZREVRANGEBYSCORE', KEYS[1], ARGV[1], '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local page = {}
for i = 1, #flat, 2 do
if flat[i] ~= '@epoch' then
page[#page + 1] = flat[i]
page[#page + 1] = flat[i + 1]
end
end
return page
`]

export const peek: Lua = [/* @__PURE__ */ [lua_MAX_TTL, lua_TIME, lua_now, lua_isTtl, lua_SESSION, lua_judge, lua_liveFlat, lua_expire].join(''), `local key = KEYS[1]
local session, elsewhere, flat = liveFlat(key)
if not session then return elsewhere end
local left = redis.call('PTTL', key)
if left == -1 then
if not expire(key, session) then return nil end
left = redis.call('PTTL', key)
end
flat[#flat + 1] = key
return { string.format('%.0f', now()), left, cjson.encode(flat) }
`]

export const read: Lua = [/* @__PURE__ */ [lua_MAX_TTL, lua_TIME, lua_now, lua_timestamp, lua_isTtl, lua_SESSION, lua_judge, lua_liveFlat, lua_expire, lua_access, lua_refresh].join(''), `local key = KEYS[1]
local session, elsewhere, flat = liveFlat(key)
if not session then return elsewhere end
if ARGV[3] == '1' or (ARGV[3] == 'unfixed' and not session.fixed) then
local accessed = refresh(key, session)
if not accessed then return nil end
flat[session.accessedAt] = accessed
end
flat[#flat + 1] = key
return cjson.encode(flat)
`]

export const resave: Lua = [/* @__PURE__ */ [].join(''), `local key = KEYS[1]
if redis.call('TYPE', key).ok ~= 'string' then return 0 end
if ARGV[1] == '' then return redis.call('PEXPIRE', key, ARGV[2]) end
redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
return 1
`]

export const reserve: Lua = [/* @__PURE__ */ [lua_TIME, lua_now].join(''), `local key = KEYS[1]
if redis.call('EXISTS', key) == 1 then return 0 end
redis.call('HSET', key, 'sojourn:pending', ARGV[3])
if ARGV[2] ~= '' then redis.call('HSET', key, 'sojourn:indexed', ARGV[2]) end
redis.call('PEXPIRE', key, ARGV[1])
return now()
`]

export const seal: Lua = [/* @__PURE__ */ [lua_MAX_TTL, lua_TOO_MANY_FIELDS, lua_TIME, lua_now, lua_timestamp, lua_isTtl, lua_SESSION, lua_judge, lua_tableOf, lua_liveFields, lua_expire, lua_seldom].join(''), `local key = KEYS[1]
local session, elsewhere, fields = liveFields(key)
if not session then return elsewhere end
if ARGV[8] ~= '' and seldom().conflicts(key, ARGV[8]) then return CONFLICT end
for i = 11, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
if #ARGV > 10 then
local refusal = seldom().refuse(fields, ARGV[6], ARGV[7])
if refusal then return refusal end
end
fields['last_accessed_at'] = timestamp()
if ARGV[5] == '1' then fields['sojourn:authenticated_at'] = fields['last_accessed_at'] end
if ARGV[9] ~= '' then
fields['sojourn:indexed'] = ARGV[9]
fields['sojourn:indexed_until'] = ARGV[10]
end
local flat = {}
for field, value in pairs(fields) do
flat[#flat + 1] = field
flat[#flat + 1] = value
end
local handover = cjson.encode(flat)
redis.call('DEL', key)
local grace = tonumber(ARGV[4])
if grace > 0 then
redis.call('HSET', key, 'sojourn:successor', ARGV[3], 'sojourn:handover', handover)
session.ttl = math.min(grace, tonumber(session.ttl))
expire(key, session)
end
return handover
`]

export const settle: Lua = [/* @__PURE__ */ [lua_MAX_TTL, lua_TIME, lua_now, lua_timestamp, lua_isTtl, lua_SESSION, lua_judge, lua_liveSession, lua_expire, lua_access, lua_refresh, lua_MANY, lua_setFields].join(''), `local key = KEYS[1]
if redis.call('HEXISTS', key, 'sojourn:pending') == 1 then
redis.call('DEL', key)
setFields(key, cjson.decode(ARGV[3]))
local session = liveSession(key)
if session then
refresh(key, session)
else
redis.call('DEL', key)
end
end
local session, elsewhere = liveSession(key)
return (session or elsewhere) and 1 or 0
`]

export const unhold: Lua = [/* @__PURE__ */ [].join(''), `local key = KEYS[1]
if redis.pcall('HGET', key, 'sojourn:pending') ~= ARGV[1] then return 0 end
return redis.call('DEL', key)
`]

export const vitals: Lua = [/* @__PURE__ */ [lua_MAX_TTL, lua_TIME, lua_now, lua_isTtl, lua_SESSION, lua_judge, lua_liveSession, lua_expire].join(''), `local key = KEYS[1]
local session, elsewhere = liveSession(key)
if not session then return elsewhere end
if redis.call('PTTL', key) == -1 and not expire(key, session) then return nil end
return { session.created, session.accessed, session.ttl, string.format('%.0f', redis.call('PTTL', key)) }
`]

export const write: Lua = [/* @__PURE__ */ [lua_MAX_TTL, lua_TOO_MANY_FIELDS, lua_TIME, lua_now, lua_timestamp, lua_isTtl, lua_SESSION, lua_judge, lua_FIRST_EXTRA, lua_liveSession, lua_tableOf, lua_expire, lua_access, lua_refresh, lua_MANY, lua_seldom].join(''), `local key, newTtl, count = KEYS[1], ARGV[3], #ARGV
local firstField = 8 + tonumber(ARGV[7])
local names = { ARGV[firstField] }
for i = firstField + 2, math.min(count, firstField + MANY / 2), 2 do names[#names + 1] = ARGV[i] end
local session, elsewhere, stored = liveSession(key, 'sojourn:fixed', unpack(names))
if not session then return elsewhere end
if ARGV[6] ~= '' and seldom().conflicts(key, ARGV[6]) then return CONFLICT end
if count >= firstField then
local grows = false
for i = firstField, count, 2 do
local was = stored[FIRST_EXTRA + 1 + (i - firstField) / 2]
grows = grows or not was or #was < #ARGV[i + 1]
end
if grows then
local fields = seldom().fieldsOf(key)
for i = 8, firstField - 1 do fields[ARGV[i]] = nil end
for i = firstField, count, 2 do fields[ARGV[i]] = ARGV[i + 1] end
local refusal = seldom().refuse(fields, ARGV[4], ARGV[5])
if refusal then return refusal end
end
session.accessed = timestamp()
for first = firstField, count, MANY do
local last = math.min(first + MANY - 1, count)
redis.call('HSET', key, 'last_accessed_at', session.accessed, unpack(ARGV, first, last))
end
end
local removed = 0
for first = 8, firstField - 1, MANY do
removed = removed + redis.call('HDEL', key, unpack(ARGV, first, math.min(first + MANY, firstField) - 1))
end
if newTtl ~= '' and newTtl ~= session.ttl then
redis.call('HSET', key, 'session_ttl', newTtl)
session.ttl = newTtl
end
local use = stored[FIRST_EXTRA] and newTtl == '' and count > 7 and access or refresh
use(key, session)
if session.isCapped then return { removed, 'capped', '' } end
return removed
`]

export const batch: string = `local CALLS, ARGUMENTS = KEYS, ARGV
local SHARED = tonumber(ARGUMENTS[1])
local OWN = (#ARGUMENTS - 1 - SHARED) / #CALLS
local KEYS, ARGV = {}, { unpack(ARGUMENTS, 2, 1 + SHARED) }
local function each(step)
local replies = {}
local at = 1 + SHARED
for i = 1, #CALLS do
KEYS[1] = CALLS[i]
for j = 1, OWN do ARGV[SHARED + j] = ARGUMENTS[at + j] end
at = at + OWN
local ok, reply = pcall(step)
if not ok and type(reply) == 'string' then
reply = { err = string.find(reply, '^%u[%u%d]+ ') and reply or 'ERR ' .. reply }
end
replies[i] = reply or false
end
return replies
end
`
