package rocketchat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// configDoc is config (rest-visitor 3).
type configDoc struct {
	Enabled      bool             `json:"enabled"`
	Online       bool             `json:"online"`
	Settings     settingsDoc      `json:"settings"`
	Theme        themeDoc         `json:"theme"`
	Messages     textsDoc         `json:"messages"`
	Survey       surveyDoc        `json:"survey"`
	Departments  []departmentDoc  `json:"departments"`
	Triggers     []triggerDoc     `json:"triggers"`
	CustomFields []customFieldDoc `json:"customFields"`
	Guest        *visitorDoc      `json:"guest"`
	Room         *roomDoc         `json:"room"`
	Agent        json.RawMessage  `json:"agent"`
	Queue        queueDoc         `json:"queueInfo"`
	Resources    struct {
		Sound  string     `json:"sound"`
		Emojis []emojiDoc `json:"emojis"`
	} `json:"resources"`
}

type settingsDoc struct {
	RegistrationForm         bool            `json:"registrationForm"`
	NameRequired             bool            `json:"nameFieldRegistrationForm"`
	EmailRequired            bool            `json:"emailFieldRegistrationForm"`
	DisplayOfflineForm       bool            `json:"displayOfflineForm"`
	AllowSwitchingDepartment bool            `json:"allowSwitchingDepartments"`
	FileUpload               bool            `json:"fileUpload"`
	VideoCall                bool            `json:"videoCall"`
	Transcript               bool            `json:"transcript"`
	ShowConnecting           bool            `json:"showConnecting"`
	AgentHidden              bool            `json:"agentHiddenInfo"`
	VisitorsCanCloseChat     *bool           `json:"visitorsCanCloseChat"`
	ConsentRequired          bool            `json:"forceAcceptDataProcessingConsent"`
	ClearStorageOnClose      bool            `json:"clearLocalStorageWhenChatEnded"`
	HideWatermark            bool            `json:"hideWatermark"`
	MessageLimit             json.RawMessage `json:"limitTextLength"`
	Language                 string          `json:"language"`
	HistoryMonitorType       string          `json:"historyMonitorType"`
	HiddenSystemMessages     []string        `json:"hiddenSystemMessages"`
	Logo                     assetDoc        `json:"livechatLogo"`
}

// assetDoc is an uploaded asset; without url where none was uploaded.
type assetDoc struct {
	URL string `json:"url"`
}

type themeDoc struct {
	Title        string `json:"title"`
	Color        string `json:"color"`
	OfflineTitle string `json:"offlineTitle"`
	OfflineColor string `json:"offlineColor"`
	Position     string `json:"position"`
	Background   string `json:"background"`
	// ActionLinks is read by callActions.
	ActionLinks json.RawMessage `json:"actionLinks"`
}

type textsDoc struct {
	Offline             string `json:"offlineMessage"`
	OfflineSuccess      string `json:"offlineSuccessMessage"`
	OfflineUnavailable  string `json:"offlineUnavailableMessage"`
	ConversationTitle   string `json:"conversationFinishedMessage"`
	ConversationText    string `json:"conversationFinishedText"`
	Transcript          string `json:"transcriptMessage"`
	RegistrationForm    string `json:"registrationFormMessage"`
	DataProcessingAgree string `json:"dataProcessingConsentText"`
}

type surveyDoc struct {
	Items  []string `json:"items"`
	Values []string `json:"values"`
}

type departmentDoc struct {
	ID                 string `json:"_id"`
	Name               string `json:"name"`
	ShowOnRegistration bool   `json:"showOnRegistration"`
	ShowOnOfflineForm  bool   `json:"showOnOfflineForm"`
}

type triggerDoc struct {
	ID         string    `json:"_id"`
	RunOnce    bool      `json:"runOnce"`
	Conditions []ruleDoc `json:"conditions"`
	Actions    []ruleDoc `json:"actions"`
}

type ruleDoc struct {
	Name   string          `json:"name"`
	Value  json.RawMessage `json:"value"`
	Params json.RawMessage `json:"params"`
}

type customFieldDoc struct {
	ID       string   `json:"_id"`
	Label    string   `json:"label"`
	Type     string   `json:"type"`
	Pattern  string   `json:"regexp"`
	Required bool     `json:"required"`
	Default  string   `json:"defaultValue"`
	Options  []string `json:"options"`
}

type queueDoc struct {
	Spot    float64 `json:"spot"`
	Message struct {
		Text string `json:"text"`
	} `json:"message"`
	EstimatedWait float64 `json:"estimatedWaitTimeSeconds"`
}

// decodeConfig reads the value of config. An answer without enabled is not one.
func decodeConfig(raw json.RawMessage) (LivechatConfig, error) {
	if absent(raw) {
		return LivechatConfig{}, fmt.Errorf("decode config: nothing there")
	}
	var doc configDoc
	if err := unmarshal(raw, &doc); err != nil {
		return LivechatConfig{}, fmt.Errorf("decode config: %w", err)
	}
	c := LivechatConfig{
		Enabled:      doc.Enabled,
		Online:       doc.Online,
		Settings:     doc.Settings.settings(),
		Theme:        doc.Theme.theme(),
		Texts:        Texts(doc.Messages),
		SoundURL:     doc.Resources.Sound,
		Emojis:       emojis(doc.Resources.Emojis),
		SurveyItems:  doc.Survey.Items,
		SurveyValues: doc.Survey.Values,
	}
	for _, d := range doc.Departments {
		c.Departments = append(c.Departments, Department(d))
	}
	for _, t := range doc.Triggers {
		c.Triggers = append(c.Triggers, Trigger{ID: t.ID, RunOnce: t.RunOnce, Conditions: rules(t.Conditions), Actions: rules(t.Actions)})
	}
	for _, f := range doc.CustomFields {
		c.CustomFields = append(c.CustomFields, CustomField(f))
	}
	if doc.Guest != nil && doc.Guest.ID != "" {
		v := doc.Guest.visitor()
		c.Visitor = &v
	}
	agent, err := decodeAgent(doc.Agent)
	if err != nil {
		return LivechatConfig{}, fmt.Errorf("decode config: %w", err)
	}
	c.Agent = agent
	if doc.Room != nil && doc.Room.ID != "" {
		servedBy, err := decodeAgent(doc.Room.ServedBy)
		if err != nil {
			return LivechatConfig{}, fmt.Errorf("decode config: %w", err)
		}
		c.Room = &Room{
			ID: doc.Room.ID, Open: doc.Room.Open, DepartmentID: doc.Room.DepartmentID, ServedBy: servedBy, CallStatus: doc.Room.CallStatus,
		}
	}
	c.Queue = doc.Queue.queue()
	return c, nil
}

func (d settingsDoc) settings() LivechatSettings {
	s := LivechatSettings{
		RegistrationForm:         d.RegistrationForm,
		NameRequired:             d.NameRequired,
		EmailRequired:            d.EmailRequired,
		DisplayOfflineForm:       d.DisplayOfflineForm,
		AllowSwitchingDepartment: d.AllowSwitchingDepartment,
		FileUpload:               d.FileUpload,
		VideoCall:                d.VideoCall,
		Transcript:               d.Transcript,
		ShowConnecting:           d.ShowConnecting,
		AgentHidden:              d.AgentHidden,
		VisitorsCanCloseChat:     d.VisitorsCanCloseChat == nil || *d.VisitorsCanCloseChat, // the setting came with 6.13
		ConsentRequired:          d.ConsentRequired,
		ClearStorageOnClose:      d.ClearStorageOnClose,
		HideWatermark:            d.HideWatermark,
		Language:                 d.Language,
		HistoryMonitorType:       d.HistoryMonitorType,
		HiddenSystemMessages:     d.HiddenSystemMessages,
		LogoURL:                  d.Logo.URL,
	}
	var limit float64 // false where there is none
	if json.Unmarshal(d.MessageLimit, &limit) == nil && limit > 0 && limit <= math.MaxInt32 {
		s.MessageLimit = int(limit)
	}
	return s
}

func rules(docs []ruleDoc) []TriggerRule {
	list := make([]TriggerRule, 0, len(docs))
	for _, d := range docs {
		list = append(list, TriggerRule{Name: d.Name, Value: ruleText(d.Value), Params: compact(d.Params)})
	}
	return list
}

// ruleText reads a value that upstream keeps as text or as a number.
func ruleText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return compact(raw)
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if absent(raw) || json.Compact(&b, raw) != nil {
		return ""
	}
	return b.String()
}

// queue is nil unless there is a place in it.
func (d queueDoc) queue() *Queue {
	if d.Spot < 1 || d.Spot > math.MaxInt32 {
		return nil
	}
	q := &Queue{Position: int(d.Spot), Text: d.Message.Text}
	if d.EstimatedWait > 0 && d.EstimatedWait <= math.MaxInt32 {
		q.EstimatedWait = time.Duration(d.EstimatedWait * float64(time.Second)) // as the stream tells it
	}
	return q
}
