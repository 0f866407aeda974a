package sandbox

import "fmt"

// defaultSettings are the workspace settings that the sandbox reads, with the values of a fresh Rocket.Chat.
var defaultSettings = map[string]any{
	"Livechat_enabled":                        true,
	"Livechat_accept_chats_with_no_agents":    false,
	"Livechat_enable_message_character_limit": false,
	"Livechat_message_character_limit":        0,
	"Livechat_show_agent_info":                true,
	"Livechat_show_agent_email":               true,
	"Livechat_title":                          "Rocket.Chat",
	"Livechat_registration_form_message":      "",
	"Livechat_conversation_finished_message":  "",
	"Message_AllowEditing":                    true,
	"Message_AllowDeleting":                   true,
}

func checkSetting(key string, value any) error {
	known, ok := defaultSettings[key]
	if !ok {
		return fmt.Errorf("setting %q is not one that the sandbox reads", key)
	}
	if fmt.Sprintf("%T", known) != fmt.Sprintf("%T", value) {
		return fmt.Errorf("setting %q: want a %T, got a %T", key, known, value)
	}
	return nil
}

func (c *core) flag(key string) bool   { return c.settings[key].(bool) }
func (c *core) text(key string) string { return c.settings[key].(string) }
func (c *core) number(key string) int  { return c.settings[key].(int) }

// SetSetting changes a workspace setting while the server runs, see Options.Settings.
func (s *Server) SetSetting(key string, value any) error {
	if err := checkSetting(key, value); err != nil {
		return err
	}
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	s.core.settings[key] = value
	return nil
}

// SetRouting changes how new rooms find their agent. Rooms that are open already stay where they are.
func (s *Server) SetRouting(r Routing) {
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	s.core.routing = r
}
