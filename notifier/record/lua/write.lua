-- How a delivery is written. Stands in front of the scripts that plan (plan, recompose). Keys: see plan.lua.

-- What ARGV says of a delivery after its id: the fields of its hash (`notifier.record.rows`), and where in a list of
-- field, value, field, value... those values are that decide.
local FIELDS = {'handler', 'provider', 'channel', 'name', 'to', 'message', 'created', 'deadline', 'expires', 'on_unsure',
  'definition_version', 'state', 'reason', 'detail', 'member'}
local HANDLER, PROVIDER, CREATED, DEADLINE, EXPIRES, STATE, REASON, DETAIL, MEMBER = 2, 4, 14, 16, 18, 24, 26, 28, 30

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

-- A delivery that isn't there yet: due at once, or (it couldn't be composed, or is held back) on the desk.
local function lay(P, now, key, did, pass, list, event_id, type_, configured)
  -- Most are for nobody of a realm: a field less.
  local last = list[MEMBER] == '' and MEMBER - 2 or MEMBER
  redis.call('HSET', P .. 'delivery:' .. did, 'event', key, 'event_id', event_id, 'type', type_,
    'configuration_version', configured, 'attempts', 0, unpack(list, 1, last))
  redis.call('RPUSH', P .. 'event:' .. key .. ':deliveries', did)
  if list[MEMBER] ~= '' then redis.call('HSET', P .. 'event:' .. key .. ':members', list[MEMBER] .. list[HANDLER], pass) end
  if list[STATE] ~= 'queued' then
    redis.call('ZADD', P .. 'desk', now, did)
  else
    redis.call('SADD', P .. 'providers', list[PROVIDER])
    redis.call('ZADD', P .. 'due:' .. list[PROVIDER], now, did)
  end
end
