-- How a delivery is written. Stands in front of the scripts that plan (plan, recompose). Keys: see plan.lua.

-- What ARGV says of a delivery after its id: the fields of its hash (`notifier.record.rows`), and where in a list of
-- field, value, field, value... those values are that decide.
local FIELDS = {'handler', 'provider', 'to', 'message', 'created', 'deadline', 'expires', 'on_unsure',
  'definition_version', 'state', 'reason', 'detail', 'member'}
local HANDLER, PROVIDER, TO, CREATED, DEADLINE, EXPIRES, VERSION, STATE, REASON, DETAIL, MEMBER = 2, 4, 6, 10, 12, 14, 18, 20, 22, 24, 26
-- What most deliveries have takes no room: a field that isn't there says this, or nothing.
local USUAL = {expires = '0', on_unsure = 'resend', state = 'queued'}
-- What no script asks for and nothing changes is one field, "of": a line each of definition_version, to, handler (`notifier.record.label`).
local LABEL = {handler = true, to = true, definition_version = true}

-- The list for HSET, and what flood.lua needs: whom it counts for, and what is kept of it to write to them. The worker's clock may differ: how long a delivery has counts from now, unless it expires at a moment;
-- where that is so long after an operator's wish (anew), it counts from now, too.
local function fields(take, now, anew)
  local list = {}
  for i = 1, #FIELDS do
    list[2 * i - 1] = FIELDS[i]
    list[2 * i] = take()
  end
  if anew or list[EXPIRES] ~= '1' then list[DEADLINE] = now + (list[DEADLINE] - list[CREATED]) end
  list[CREATED] = now
  return list, take(), take()
end

-- An earlier pass made what there is for this member of a realm, at whatever address: a pass writes all of one member in
-- one call, so nothing of it can be missing.
local function told(P, key, pass, list)
  if list[MEMBER] == '' then return false end
  local by = redis.call('HGET', P .. 'event:' .. key .. ':members', list[MEMBER] .. list[HANDLER])
  return by and by ~= pass
end

-- Which of them are written; `whole`: the event is planned in the same call, so it says when they were created, too.
local function unusual(list, whole)
  local kept = {'of', list[VERSION] .. '\n' .. list[TO]:gsub('\n', ' ') .. '\n' .. list[HANDLER]}
  for i = 1, #list, 2 do
    local value = list[i + 1]
    if value ~= '' and value ~= USUAL[list[i]] and not LABEL[list[i]] and not (whole and i + 1 == CREATED) then
      kept[#kept + 1] = list[i]
      kept[#kept + 1] = value
    end
  end
  return kept
end

-- The configuration's version stands with the event; with a delivery where another one planned it.
local function note_version(P, key, delivery, configured)
  if (redis.call('HGET', P .. 'event:' .. key, 'version') or '') ~= configured then
    redis.call('HSET', delivery, 'configuration_version', configured)
  end
end

-- A delivery that isn't there yet: due at once, or (it couldn't be composed, or is held back) on the desk.
local function lay(P, now, key, did, pass, list, configured, whole)
  local delivery = P .. 'delivery:' .. did
  redis.call('HSET', delivery, 'event', key, unpack(unusual(list, whole)))
  note_version(P, key, delivery, configured)
  local event = P .. 'event:' .. key
  -- Most events have one, which needs no list.
  if redis.call('RPUSHX', event .. ':deliveries', did) == 0 and redis.call('HSETNX', event, 'delivery', did) == 0 then
    redis.call('RPUSH', event .. ':deliveries', did)
  end
  if list[MEMBER] ~= '' then redis.call('HSET', event .. ':members', list[MEMBER] .. list[HANDLER], pass) end
  if list[STATE] ~= 'queued' then
    redis.call('ZADD', P .. 'desk', now, did)
  else
    redis.call('SADD', P .. 'providers', list[PROVIDER])
    redis.call('ZADD', P .. 'due:' .. list[PROVIDER], now, did)
  end
end
