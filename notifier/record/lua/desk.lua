-- Replay, recompose or discard dead letters. Keys: see plan.lua.
-- ARGV: verb (replay|recompose|discard) retention(ms) then pairs of id and how much time it has from now (ms).
-- What is sent again goes to the provider it was planned for. What is recomposed, or never was composed, is reopened: it stays
-- on the desk until its event has met its definition again (recompose.lua).
-- Returns for each: 1 done, 0 not on the desk (any more), 2 reopened, 3 it can't be: its event isn't kept any more.
local P, verb, retention = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function reopen(id, delivery, key, state)
  local event = P .. 'event:' .. key
  if redis.call('HEXISTS', event, 'raw') == 0 then return 3 end
  if state ~= 'reopened' then
    redis.call('HSET', delivery, 'was', state, 'state', 'reopened')
    redis.call('HINCRBY', delivery, 'replays', 1)
  end
  redis.call('ZREM', P .. 'flood', id)
  redis.call('SADD', event .. ':asked', id)
  -- Asked for twice is later than asked for once: whoever returned it after the first time takes it away no more.
  local member = key .. ':asked'
  local before = tonumber(redis.call('ZSCORE', P .. 'reopened', member) or '0')
  redis.call('ZADD', P .. 'reopened', math.max(now, before + 1), member)
  redis.call('ZREM', P .. 'deferred', member)
  return 2
end

local answer = {}
for i = 3, #ARGV, 2 do
  local id = ARGV[i]
  local delivery = P .. 'delivery:' .. id
  local channel, name, provider, message, key, state = unpack(redis.call('HMGET', delivery, 'channel', 'name', 'provider',
    'message', 'event', 'state'))
  if redis.call('ZSCORE', P .. 'desk', id) == false or not key then
    answer[#answer + 1] = 0
  elseif verb == 'recompose' or (verb == 'replay' and (message or '') == '') then
    answer[#answer + 1] = reopen(id, delivery, key, state)
  else
    redis.call('ZREM', P .. 'desk', id)
    redis.call('ZREM', P .. 'flood', id)
    redis.call('SREM', P .. 'event:' .. key .. ':asked', id)
    redis.call('HDEL', delivery, 'was', 'refused_by')
    if verb == 'replay' then
      local home = home_of(channel, name, provider)
      go_home(delivery, home)
      redis.call('HSET', delivery, 'state', 'retry', 'deadline', now + tonumber(ARGV[i + 1]))
      redis.call('HDEL', delivery, 'attempts', 'lost')
      redis.call('HINCRBY', delivery, 'replays', 1)
      redis.call('ZADD', P .. 'due:' .. home, now, id)
    else
      redis.call('HSET', delivery, 'state', 'discarded')
      finish(P, delivery, retention)
    end
    answer[#answer + 1] = 1
  end
end
return answer
