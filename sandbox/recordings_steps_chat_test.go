package sandbox_test

import (
	"context"
	"fmt"

	"github.com/rocketline/rocketline/sandbox/internal/replay"
)

// The users whom 6.5.3/chat-engine makes, by their recorded ids and tokens.
var (
	alice = replay.Account{ID: "tDYQCHMkxNWjxH9Ww", Tokens: []string{"pofLhnokwZw8Dk5dNyujmobRIzeq37WMCN7Gt_pRox_"}}
	bob   = replay.Account{ID: "aNgRkGqQ5kajPKJgz", Tokens: []string{"S-MQfbAw3lHvKkgEBtA58Tb6Q_SGTXBMfYSoEmVfZjb"}}
)

const aliceAndBob = "aNgRkGqQ5kajPKJgztDYQCHMkxNWjxH9Ww"

// userSays writes into a room as a user whom the recording made.
func userSays(u replay.Account, rid, text, id string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		answer, err := p.CallAs(ctx, u, "POST", "chat.sendMessage", map[string]any{"message": map[string]any{"rid": rid, "msg": text}})
		return bindFrom(p, id, err, answer, "message", "_id")
	}
}

// twelveLines is what alice and bob say to each other before the histories are asked for.
func twelveLines() deed {
	ids := []string{
		"AnsjtQE4QALykpz6X", "KT7eNnRTDw9Jzfwcg", "XHQiX7H734LtME43D", "Fmm3TaP8zF7rzgypt", "snb24PzF9NZp66Hh8", "GGThDTAd34y9X3qrW",
		"2DATtNRS3w3rPeERS", "RdzNFhuC76CLQDR6W", "CsHNmJ3hv8idQdDdf", "Rh6TMvbAwmxtZ9Gf9", "4AYmqxqoBmNuc7Fkb", "qqrwPYNn5eqQYP5t7",
	}
	var all []deed
	for i, id := range ids {
		who := alice
		if i%2 == 1 {
			who = bob
		}
		all = append(all, userSays(who, aliceAndBob, fmt.Sprintf("line %d", i+1), id))
	}
	return allOf(all...)
}

// talksTo makes a direct room that the recording knows as rid.
func talksTo(as, username, rid string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		answer, err := p.Call(ctx, as, "POST", "im.create", map[string]any{"username": username})
		return bindFrom(p, rid, err, answer, "room", "rid")
	}
}

// hasToken lets the admin make a token for a user whom the recording made.
func hasToken(u replay.Account, token string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		answer, err := p.Call(ctx, p.Admin(), "POST", "users.createToken", map[string]any{"userId": u.ID})
		return bindFrom(p, token, err, answer, "data", "authToken")
	}
}

// posts writes into a channel, which the user joins where he is no member.
func posts(as, channel, text, id string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		answer, err := p.Call(ctx, as, "POST", "chat.postMessage", map[string]any{"channel": channel, "text": text})
		return bindFrom(p, id, err, answer, "message", "_id")
	}
}
