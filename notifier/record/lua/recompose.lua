-- What became of reopened letters: their event met their definitions again. Keys: see plan.lua.
-- ARGV: event key, the configuration's version, retention(ms), what the definitions met said (JSON, '' while more follows),
--   when the event meets those again that wait for the directory (ms, or 0), pass (see plan.lua),
--   number of deliveries, then for each: letter fresh id and the fields of write.lua (fresh: 1 when the letter never was a
--     message and this is one of those its definition makes; 0 when it is the letter's new text, whatever its own id),
--   number of letters, then for each: id ending(waits|made|back) reason detail version.
-- Only what is still asked for is done, so twice is once.  Returns the providers that got something, each time.
local TAKEN = "another delivery goes to the address it has today; `dead replay` without --recompose sends the old text, "
  .. "`dead discard` gives it up"
local P = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = 0
local function take() at = at + 1; return ARGV[at] end

local key, configured, retention, notes, again, pass = take(), take(), tonumber(take()), take(), take(), take()
local event = P .. 'event:' .. key
local asked, stands = event .. ':asked', event .. ':stands'
local function waits(letter) return redis.call('SISMEMBER', asked, letter) == 1 end

-- It is no longer reopened. Returns its state before.
local function stop(letter)
  local delivery = P .. 'delivery:' .. letter
  redis.call('SREM', asked, letter)
  local was = redis.call('HGET', delivery, 'was') or 'dead'
  redis.call('HDEL', delivery, 'was')
  return was
end
local function give_back(letter)
  redis.call('HSET', P .. 'delivery:' .. letter, 'state', stop(letter))
  redis.call('ZADD', P .. 'desk', now, letter)
end

-- Its notes; where they aren't written they say no more than its deliveries do.
local function said()
  local all, known = {}, {}
  local written = redis.call('HGET', event, 'notes')
  if written then return cjson.decode(written) end
  local ids = redis.call('LRANGE', event .. ':deliveries', 0, -1)
  table.insert(ids, 1, redis.call('HGET', event, 'delivery') or nil)
  for _, did in ipairs(ids) do
    local of = redis.call('HGET', P .. 'delivery:' .. did, 'of')
    local handler = of and of:match('^[^\n]*\n[^\n]*\n(.*)$')
    if handler and not known[handler] then
      known[handler] = true
      all[#all + 1] = {handler, 'matched', '', ''}
    end
  end
  return all
end

local answer, opened = {}, 0
for _ = 1, tonumber(take()) do
  local letter, fresh, did = take(), take(), take()
  local list = fields(take, now, true)
  local there = redis.call('HGET', stands, did) or (redis.call('EXISTS', P .. 'delivery:' .. did) == 1 and did)
  local new = fresh == '0' or not told(P, key, pass, list)
  if waits(letter) and new and (not there or there == letter) then
    if fresh == '1' then
      lay(P, now, key, did, pass, list, configured)
      opened = opened + 1
    else
      local delivery = P .. 'delivery:' .. letter
      redis.call('HDEL', delivery, 'was', 'refused_by', 'attempts', 'lost', 'configuration_version', 'channel', 'name',
        unpack(FIELDS))
      if redis.call('HEXISTS', delivery, 'first') == 1 then list[STATE] = 'retry' end
      redis.call('HSET', delivery, unpack(unusual(list)))
      note_version(P, key, delivery, configured)
      if did ~= letter then redis.call('HSET', stands, did, letter) end
      redis.call('SREM', asked, letter)
      redis.call('ZREM', P .. 'desk', letter)
      redis.call('SADD', P .. 'providers', list[PROVIDER])
      redis.call('ZADD', P .. 'due:' .. list[PROVIDER], now, letter)
    end
    answer[#answer + 1] = list[PROVIDER]
  elseif waits(letter) and fresh == '0' then
    -- Planned in the meantime, by an evaluation of the whole event: whoever is there is told by that one.
    redis.call('HSET', P .. 'delivery:' .. letter, 'reason', 'no_longer_planned', 'detail', TAKEN)
    give_back(letter)
  end
end
if opened > 0 then redis.call('HINCRBY', event, 'open', opened) end

for _ = 1, tonumber(take()) do
  local letter, ending, reason, detail, version = take(), take(), take(), take(), take()
  local delivery = P .. 'delivery:' .. letter
  if waits(letter) then
    redis.call('HSET', delivery, 'reason', reason, 'detail', detail)
    if ending ~= 'waits' then
      if ending == 'made' then
        stop(letter)
        redis.call('ZREM', P .. 'desk', letter)
        redis.call('HSET', delivery, 'state', 'recomposed')
        finish(P, delivery, retention)
      else
        give_back(letter)
        if (redis.call('HGET', delivery, 'message') or '') == '' and version ~= '' then
          redis.call('HSET', delivery, 'definition_version', version)
          redis.call('HDEL', delivery, 'configuration_version')
          note_version(P, key, delivery, configured)
        end
      end
    end
  end
end

if notes ~= '' then
  -- What others said of the event stays.
  local met, all = {}, {}
  local new = cjson.decode(notes)
  for _, note in ipairs(new) do met[note[1]] = true end
  for _, note in ipairs(said()) do
    if not met[note[1]] then all[#all + 1] = note end
  end
  for _, note in ipairs(new) do all[#all + 1] = note end
  if #all > 0 and redis.call('EXISTS', event) == 1 then redis.call('HSET', event, 'notes', cjson.encode(all)) end
end
if redis.call('SCARD', asked) == 0 then
  redis.call('HDEL', event, 'asked_deferrals', 'asked_since')
elseif again ~= '0' then
  redis.call('HINCRBY', event, 'asked_deferrals', 1)
  redis.call('HSETNX', event, 'asked_since', now)
  redis.call('ZADD', P .. 'deferred', again, key .. ':asked')
end
return answer
