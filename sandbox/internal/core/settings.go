package core

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// defaultSettings are the values of a fresh workspace.
var defaultSettings = func() map[string]any {
	all := make(map[string]any, len(settingTable))
	for id, s := range settingTable {
		all[id] = s.value
	}
	return all
}()

// CheckSetting says what is wrong with a value for a setting that the program chooses. Real servers take anything, see WriteSetting.
func CheckSetting(key string, value any) error {
	known, ok := settingTable[key]
	if !ok {
		return fmt.Errorf("setting %q is not one that the sandbox reads", key)
	}
	if reflect.TypeOf(known.value) != reflect.TypeOf(value) {
		return fmt.Errorf("setting %q: want a %T, got a %T", key, known.value, value)
	}
	return nil
}

// flag, text and number read a setting as the server's own code does: what is of another kind counts as off, empty or zero.
func (c *Core) flag(key string) bool {
	is, _ := c.settings[key].(bool)
	return is
}

func (c *Core) text(key string) string {
	text, _ := c.settings[key].(string)
	return text
}

// largestWhole is the largest of the whole numbers that JavaScript tells apart.
const largestWhole = 1<<53 - 1

func (c *Core) number(key string) int {
	switch n := c.settings[key].(type) {
	case int:
		return n
	case float64:
		return int(min(max(n, -largestWhole), largestWhole))
	}
	return 0
}

// Flag is a setting that is yes or no.
func (c *Core) Flag(key string) bool { return c.flag(key) }

// Text is a setting that is a text.
func (c *Core) Text(key string) string { return c.text(key) }

// Number is a setting that is a number.
func (c *Core) Number(key string) int { return c.number(key) }

// SetSetting changes a workspace setting.
func (c *Core) SetSetting(key string, value any) error {
	if err := CheckSetting(key, value); err != nil {
		return err
	}
	c.WriteSetting(key, value)
	return nil
}

// WriteSetting changes a setting as POST settings/:_id does. The real server looks at the kind of the value as little as this does.
func (c *Core) WriteSetting(key string, value any) {
	c.settings[key] = value
	c.tellSetting(key)
	if c.hooks.SettingChanged != nil {
		c.hooks.SettingChanged(key)
	}
}

// Setting is a setting's value. The second result is false where the version lacks it, or the sandbox does not know it.
func (c *Core) Setting(key string) (any, bool) {
	known, ok := settingTable[key]
	if !ok || known.since > c.Facts.Release {
		return nil, false
	}
	return c.settings[key], true
}

// PublicSettings lists what strangers may read of the settings that the sandbox knows, in the order of their ids. A real server has
// some hundreds more.
func (c *Core) PublicSettings() []Doc {
	list := []doc{}
	for _, id := range slices.Sorted(maps.Keys(settingTable)) {
		if s := settingTable[id]; s.public && s.since <= c.Facts.Release {
			list = append(list, doc{"_id": id, "value": c.settings[id]})
		}
	}
	return list
}

// limiters are the settings that switch limits on and off.
var limiters = []string{
	"API_Enable_Rate_Limiter", "DDP_Rate_Limit_Connection_By_Method_Enabled", "DDP_Rate_Limit_Connection_Enabled",
	"DDP_Rate_Limit_IP_Enabled", "DDP_Rate_Limit_User_By_Method_Enabled", "DDP_Rate_Limit_User_Enabled",
}

// SetRateLimits switches every limit, also those of single DDP methods, which have no setting.
func (c *Core) SetRateLimits(on bool) {
	c.ownLimits = on
	for _, key := range limiters {
		c.WriteSetting(key, on)
	}
}

// OwnLimits says whether single DDP methods have their limits.
func (c *Core) OwnLimits() bool { return c.ownLimits }

func (c *Core) routing() Routing { return Routing(c.text("Livechat_Routing_Method")) }

// SetRouting changes how new rooms find their agent. Rooms that are open already stay where they are.
func (c *Core) SetRouting(r Routing) { c.WriteSetting("Livechat_Routing_Method", string(r)) }
