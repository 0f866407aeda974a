package core

import "fmt"

// defaultSettings are the workspace settings that the sandbox reads, with the values of a fresh Rocket.Chat.
var defaultSettings = map[string]any{
	"Livechat_enabled":                        true,
	"Livechat_accept_chats_with_no_agents":    false,
	"Livechat_enable_message_character_limit": false,
	"Livechat_message_character_limit":        0,
	"Livechat_show_agent_info":                true,
	"Livechat_show_agent_email":               true,
	"Livechat_Routing_Method":                 "Auto_Selection",
	"Livechat_title":                          "Rocket.Chat",
	"Livechat_registration_form_message":      "",
	"Livechat_conversation_finished_message":  "",
	"Message_AllowEditing":                    true,
	"Message_AllowDeleting":                   true,
}

// CheckSetting says what is wrong with a value for a setting.
func CheckSetting(key string, value any) error {
	known, ok := defaultSettings[key]
	if !ok {
		return fmt.Errorf("setting %q is not one that the sandbox reads", key)
	}
	if fmt.Sprintf("%T", known) != fmt.Sprintf("%T", value) {
		return fmt.Errorf("setting %q: want a %T, got a %T", key, known, value)
	}
	return nil
}

func (c *Core) flag(key string) bool   { return c.settings[key].(bool) }
func (c *Core) text(key string) string { return c.settings[key].(string) }
func (c *Core) number(key string) int  { return c.settings[key].(int) }

// SetSetting changes a workspace setting.
func (c *Core) SetSetting(key string, value any) error {
	if err := CheckSetting(key, value); err != nil {
		return err
	}
	c.settings[key] = value
	return nil
}

func (c *Core) routing() Routing { return Routing(c.text("Livechat_Routing_Method")) }

// SetRouting changes how new rooms find their agent. Rooms that are open already stay where they are.
func (c *Core) SetRouting(r Routing) { c.settings["Livechat_Routing_Method"] = string(r) }
