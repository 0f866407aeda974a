package core

// AccountFacts are about accounts, logins and settings.
type AccountFacts struct {
	vagueLogin        bool   // DDP says "User not found" for a wrong password too
	statusRoles       bool   // user-status carries a place for the name, and the roles
	HashInMe          bool   // GET me shows the password's hash (3.4.0: so does every login; 6.5.3: only logins)
	preferences       string // settings.preferences of a user who chose none, as JSON
	profile           bool   // settings have an empty profile in GET me
	canViewAllInfo    bool   // users.info says whether everything is shown, and shows no services
	roomsInUser       bool   // whole user documents list the user's rooms, as __rooms
	isOAuthUser       bool   // GET me tells it (rest-agent A.4)
	LoginSuccess      bool   // POST login answers success beside status, refused or not (rest-agent F.1)
	BriefRefusals     bool   // users.info and settings/:id refuse in few words, or in none (read in the source)
	StatusHasID       bool   // users.getStatus answers the user's id, older ones the text beside the status (read in the source)
	Relinquish        bool   // users are taken from rooms that they alone own only with confirmRelinquish
	NewUserKeys       bool   // users.create takes bio, nickname, statusText and fields (rest-agent A.7)
	CreateTokenSecret bool   // users.createToken demands the server's secret (8.0, rest-agent A.6)
	PresenceAnswers   bool   // UserPresence:online answers true
	tokensTouch       bool   // users.createToken changes the user's _updatedAt
	cappedCreateToken bool   // users.createToken ends the oldest tokens beyond the allowed number (since 6.8, rest-agent A.1)
}

var accountFacts = map[Profile]AccountFacts{
	V3_4:  {vagueLogin: true, tokensTouch: true, HashInMe: true, preferences: preferences3},
	V6_5:  accounts6,
	V7_0:  accounts7,
	Later: with(accounts7, func(f *AccountFacts) { f.LoginSuccess, f.CreateTokenSecret = true, true }),
}

var accounts6 = AccountFacts{
	BriefRefusals: true, StatusHasID: true, Relinquish: true, NewUserKeys: true,
	statusRoles: true, PresenceAnswers: true, profile: true, canViewAllInfo: true, roomsInUser: true, preferences: preferences6,
}

var accounts7 = with(accounts6, func(f *AccountFacts) { f.cappedCreateToken, f.isOAuthUser = true, true })

// preferences3 and preferences6 were recorded in 3.4.0 and 6.5.3.
const (
	preferences3 = `{"enableAutoAway":true,"idleTimeLimit":300,"desktopNotificationRequireInteraction":false,` +
		`"audioNotifications":"mentions","desktopNotifications":"all","mobileNotifications":"all","unreadAlert":true,` +
		`"useEmojis":true,"convertAsciiEmoji":true,"autoImageLoad":true,"saveMobileBandwidth":true,` +
		`"collapseMediaByDefault":false,"hideUsernames":false,"hideRoles":false,"hideFlexTab":false,"hideAvatars":false,` +
		`"sidebarGroupByType":true,"sidebarViewMode":"medium","sidebarHideAvatar":false,"sidebarShowUnread":false,` +
		`"sidebarSortby":"activity","showMessageInMainThread":false,"sidebarShowFavorites":true,"sendOnEnter":"normal",` +
		`"messageViewMode":0,"emailNotificationMode":"mentions","newRoomNotification":"door","newMessageNotification":"chime",` +
		`"muteFocusedConversations":true,"notificationsSoundVolume":100,"sidebarShowDiscussion":true}`
	preferences6 = `{"enableAutoAway":true,"idleTimeLimit":300,"desktopNotificationRequireInteraction":false,` +
		`"desktopNotifications":"all","pushNotifications":"all","unreadAlert":true,"useEmojis":true,"convertAsciiEmoji":true,` +
		`"autoImageLoad":true,"saveMobileBandwidth":true,"collapseMediaByDefault":false,"hideUsernames":false,"hideRoles":false,` +
		`"hideFlexTab":false,"displayAvatars":true,"sidebarGroupByType":true,"themeAppearence":"auto","sidebarViewMode":"medium",` +
		`"sidebarDisplayAvatar":true,"sidebarShowUnread":false,"sidebarSortby":"activity","showThreadsInMainChannel":false,` +
		`"alsoSendThreadToChannel":"default","sidebarShowFavorites":true,"sendOnEnter":"normal","emailNotificationMode":"mentions",` +
		`"newRoomNotification":"door","newMessageNotification":"chime","muteFocusedConversations":true,` +
		`"notificationsSoundVolume":100,"omnichannelTranscriptEmail":false,"notifyCalendarEvents":true,"enableMobileRinging":true}`
)
