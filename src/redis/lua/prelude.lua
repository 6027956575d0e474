-- What every script begins with. Lifetimes follow Redis's own clock (TIME), never that of an application server.

local MAX_TTL = '8000000000000'
local MAX_EXACT = 9007199254740992
local TOO_MANY_FIELDS, TOO_LARGE, NOT_AN_INTEGER, OVERFLOW, CONFLICT = -1, -2, -3, -4, -5

-- Seconds and microseconds, strings.
local TIME = redis.call('TIME')

-- Milliseconds since 1970.
local function now()
  return tonumber(TIME[1]) * 1000 + math.floor(tonumber(TIME[2]) / 1000)
end

-- The present as sessions keep it. A script that asks begins its arguments with the client's guess, a second and its
-- timestamp: when Redis's clock is in that second too, nothing has to be computed.
local function timestamp()
  if TIME[1] == ARGV[1] then return ARGV[2] end
  -- Days since 1970 to a civil date: http://howardhinnant.github.io/date_algorithms.html
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

local function isTtl(stored)
  if not string.find(stored, '^[1-9]%d*$') then return false end
  return #stored < #MAX_TTL or #stored == #MAX_TTL and stored <= MAX_TTL
end

-- The session that a script works on: one table for all those of a batch, since to make one costs more than to fill it.
-- Who looks at another fills it anew.
local SESSION = {}

-- The live session that these fields of a reply make, or nil and the script's reply: nil when absent, {successor, handover}
-- when rotated. Its TTL stays the digits that are stored, not a number: Redis would have to write it out again.
local function judge(key, reply, ttl, created, accessed, deadline, successor, indexedUntil)
  -- Another type at the key means absent. Any other error is raised.
  if reply.err and not string.find(reply.err, 'WRONGTYPE', 1, true) then error(reply.err) end
  if successor then return nil, { successor, redis.call('HGET', key, 'sojourn:handover') or '' } end
  if not created or not accessed or not ttl then return nil, nil end
  -- A TTL like that of the session before is as good as that, which nobody makes a bad one.
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

-- The live session at the key, or nil and the reply, as judge says. Third, what was fetched: from FIRST_EXTRA on the values
-- of the other fields that were asked for.
local FIRST_EXTRA = 7
local function liveSession(key, ...)
  local stored = redis.pcall('HMGET', key, 'session_ttl', 'created_at', 'last_accessed_at',
    'sojourn:deadline', 'sojourn:successor', 'sojourn:indexed_until', ...)
  local session, elsewhere = judge(key, stored, stored[1], stored[2], stored[3], stored[4], stored[5], stored[6])
  return session, elsewhere, stored
end

local function tableOf(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

-- The same as liveSession, for those who need all its fields: they come third, as a table.
local function liveFields(key)
  local flat = redis.pcall('HGETALL', key)
  local fields = tableOf(flat)
  local session, elsewhere = judge(key, flat, fields['session_ttl'], fields['created_at'], fields['last_accessed_at'],
    fields['sojourn:deadline'], fields['sojourn:successor'], fields['sojourn:indexed_until'])
  return session, elsewhere, fields
end

-- The same with its fields as they come: field, value … Fetches them once, for this is what reads cost.
local function liveFlat(key)
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

-- A session never outlives its absolute deadline, nor the entries that its indexes hold of it. Returns whether it is still
-- there: what is not over by TIME may be by now, and then Redis has just removed the key.
local function expire(key, session)
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

-- Returns the new last_accessed_at.
local function access(key, session)
  local accessed = timestamp()
  if accessed ~= session.accessed then redis.call('HSET', key, 'last_accessed_at', accessed) end
  return accessed
end

-- The same, and the TTL begins again; nil when the session is over. The expiry stands first: once a script has written,
-- Redis lets it go on at maxmemory, so reads work there too.
local function refresh(key, session)
  return expire(key, session) and access(key, session) or nil
end

-- Lua's stack holds some 8,000 arguments, so longer lists are passed in slices.
local MANY = 4000
local function setFields(key, flat)
  for first = 1, #flat, MANY do
    redis.call('HSET', key, unpack(flat, first, math.min(first + MANY - 1, #flat)))
  end
end

-- What few calls need, made for those only: every function costs a script time at every call, used or not.
local function seldom()
  local function fieldsOf(key)
    return tableOf(redis.call('HGETALL', key))
  end

  -- How many application fields there are, and their bytes.
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

  -- The refusal when these fields would exceed the limits, else nil.
  local function refuse(fields, maxFields, maxBytes)
    local count, bytes = sizeOf(fields)
    if count > tonumber(maxFields) then return TOO_MANY_FIELDS end
    if bytes > tonumber(maxBytes) then return TOO_LARGE end
    return nil
  end

  -- The index entries that the session has or is about to get: a set.
  local function announcedAt(key)
    local announced = {}
    local stored = redis.call('HGET', key, 'sojourn:indexed')
    if stored then
      for _, entry in ipairs(cjson.decode(stored)) do announced[entry] = true end
    end
    return announced
  end

  -- Whether the session is not what its writer saw. seen, JSON: fields {{name, value or null} …};
  -- size, how many application fields there are, or null; within, a list that all its entries are in, or null.
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
