-- An event that waited is in the stream again; unless it was asked for anew in the meantime. Keys: see plan.lua.
-- ARGV: member and score of P reopened.
local P = KEYS[1]
if redis.call('ZSCORE', P .. 'reopened', ARGV[1]) == ARGV[2] then redis.call('ZREM', P .. 'reopened', ARGV[1]) end
