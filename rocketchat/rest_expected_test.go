package rocketchat

import "maps"

// failure is what an exchange means to a caller.
type failure struct {
	kind Kind
	code string
}

var (
	badToken   = failure{KindRefused, CodeInvalidToken}
	badRoom    = failure{KindRefused, CodeInvalidRoom}
	badMessage = failure{KindRefused, CodeInvalidMessage}
	badParams  = failure{KindRefused, CodeInvalidParams}
	closed     = failure{KindRefused, CodeRoomClosed}
	nobody     = failure{KindRefused, CodeNoAgentOnline}
	limited    = failure{KindLimited, CodeTooManyRequests}
	notJSON    = failure{KindUnavailable, ""}
	foreign    = failure{KindUnavailable, ""}
	noRoute    = failure{KindUnsupported, ""}

	badField       = failure{KindRefused, CodeInvalidCustomField}
	kept           = failure{KindRefused, CodeFieldKept}
	hasOpenRooms   = failure{KindRefused, CodeHasOpenRooms}
	noAgent        = failure{KindRefused, CodeAgentNotFound}
	badEmail       = failure{KindRefused, CodeInvalidEmail}
	badDepartment  = failure{KindRefused, CodeInvalidDepartment}
	sameDepartment = failure{KindRefused, CodeSameDepartment}
	notTransferred = failure{KindRefused, CodeNotTransferred}
	badSurvey      = failure{KindRefused, CodeInvalidSurvey}
	noMail         = failure{KindRefused, CodeMailNotSent}
	locked         = failure{KindRefused, CodeMessageLocked}
	notYours       = failure{KindRefused, CodeUploadUnauthorized}
	noUploads      = failure{KindRefused, CodeUploadDisabled}
	tooLarge       = failure{KindRefused, CodeFileTooLarge}
	badType        = failure{KindRefused, CodeFileTypeNotAllowed}
	emptyFile      = failure{KindRefused, CodeFileEmpty}
	noFile         = failure{KindRefused, CodeFileNotFound}
	fileLocked     = failure{KindRefused, CodeFileLocked}
	onlyWords      = failure{KindRefused, ""}
	badRange       = failure{KindRefused, CodeRangeNotSatisfiable}
)

// failures lists every recorded exchange that fails, or that this package refuses to take for a success. Whatever is not listed is a
// success.
var failures = merged(failuresOfRooms, failuresOfVisitors, failuresOfForms, failuresOfMessages, failuresOfUploads, failuresOfDownloads)

func merged(tables ...map[string]failure) map[string]failure {
	all := make(map[string]failure)
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

// failuresOfRooms are those of registering, opening, writing and reading, with what rest-visitor.md says of them.
var failuresOfRooms = map[string]failure{
	// 5.1: in 3.4.0 an unknown visitor, nobody online.
	"3.4.0/agent-room 60021 room while nobody available":     badToken,
	"3.4.0/agent-room 60094 room while nobody available":     nobody,
	"3.4.0/config-offline 2540 room while no agent online":   nobody,
	"3.4.0/settings-variants 21806 room no agent":            nobody,
	"3.4.0/settings-variants 29491 room disabled":            nobody, // 10: 3.4 has no error of its own for that
	"3.4.0/room-message 5586 room unknown token":             badToken,
	"3.4.0/room-message 41454 room agentId given":            badToken,
	"3.4.0/room-message 5588 room missing token":             badParams,
	"3.4.0/room-message 5592 room extra param":               badParams,
	"3.4.0/room-message 5818 room visitor2 with foreign rid": badRoom, // cannot-access-room

	// 1.3, 1.4.
	"3.4.0/config-offline 418 config extra param": badParams,
	"3.4.0/rate-limit 4955 config #11":            limited,
	"3.4.0/rate-limit 4956 config #12":            limited,

	// 6.1.
	"3.4.0/room-message 6056 message same _id again":  {KindRefused, CodeNotStored},
	"3.4.0/room-message 6118 message unknown token":   badToken,
	"3.4.0/room-message 6130 message unknown room":    badRoom,
	"3.4.0/room-message 6147 message foreign room":    badRoom,
	"3.4.0/room-message 6159 message missing msg":     badParams,
	"3.4.0/room-message 6160 message missing token":   badParams,
	"3.4.0/room-message 6161 message missing rid":     badParams,
	"3.4.0/room-message 6162 message extra key":       badParams,
	"3.4.0/room-message 6163 message msg number":      badParams,
	"3.4.0/room-message 6164 message bad agent":       badParams,
	"3.4.0/room-message 40491 message to closed room": closed,

	// 6.2; the last is the cross-room leak of servers below 6.10.
	"3.4.0/room-message 6207 message get missing token":              badParams,
	"3.4.0/room-message 6208 message get unknown id":                 badMessage,
	"3.4.0/room-message 6237 message get foreign visitor wrong room": badRoom,
	"3.4.0/room-message 6218 message get foreign visitor own room":   badMessage,

	// 6.5.
	"3.4.0/room-message 9847 history no token":     badParams,
	"3.4.0/room-message 9848 history bad token":    badToken,
	"3.4.0/room-message 9850 history foreign room": badRoom,

	// 5.2.
	"3.4.0/room-message 40435 close missing":      badParams,
	"3.4.0/room-message 40436 close bad token":    badToken,
	"3.4.0/room-message 40439 close foreign room": badRoom,
	"3.4.0/room-message 40483 close again":        closed,

	// 4.1, 4.2: an unknown visitor is a success without a visitor in 3.4.0; malformed JSON is an HTML page.
	"3.4.0/visitor 142 missing visitor":                badParams,
	"3.4.0/visitor 143 missing token":                  badParams,
	"3.4.0/visitor 144 token number":                   badParams,
	"3.4.0/visitor 75 unknown department":              badDepartment, // ignored in silence, which RegisterVisitor notices
	"3.4.0/visitor 187 bad customFields type":          badParams,
	"3.4.0/visitor 188 bad customFields item":          badParams,
	"3.4.0/visitor 189 customFields missing overwrite": badParams,
	"3.4.0/visitor 192 extra top-level key":            badParams,
	"3.4.0/visitor 195 null body fields":               badParams,
	"3.4.0/visitor 197 malformed json":                 notJSON,
	"3.4.0/visitor 246 get unknown":                    badToken,
	"3.4.0/visitor 1329 old token now":                 badToken,
	"3.4.0/visitor 1384 get deleted":                   badToken,

	// 5.1.
	"6.5.3/agent-room 139676 room, nobody available":                               nobody,
	"6.5.3/livechat-config 2739 livechat disabled: room GET":                       {KindRefused, CodeLivechatDisabled},
	"6.5.3/room-auto-selection 785 no agent online":                                nobody,
	"6.5.3/room 423 no agent online -> room GET":                                   nobody,
	"6.5.3/room 976 no token":                                                      badParams,
	"6.5.3/room 980 unknown token":                                                 badToken,
	"6.5.3/room 986 extra param":                                                   badParams,
	"6.5.3/room 1252 by unknown rid":                                               badRoom,
	"6.5.3/room 1282 someone else's rid":                                           badRoom,
	"6.5.3/room 2045 agentId of an offline agent":                                  nobody,
	"6.5.3/room 2735 room GET with a closed rid":                                   badRoom,
	"6.5.3/transfer-to-department 7910 room GET, department without online agents": nobody,

	// 5.2.
	"6.5.3/room 2411 close wrong token":        badToken,
	"6.5.3/room 2414 close wrong rid":          badRoom,
	"6.5.3/room 2428 close by another visitor": badRoom,
	"6.5.3/room 2436 close missing rid":        badParams,
	"6.5.3/room 2437 close extra key":          badParams,
	"6.5.3/room 2723 close again":              closed,

	// 6.1, 6.2.
	"6.5.3/ddp-full-conversation 29351 visitor message after close":   closed,
	"6.5.3/message 1405 POST duplicate _id":                           {KindRefused, CodeNotStored},
	"6.5.3/message 1716 POST missing msg":                             badParams,
	"6.5.3/message 1718 POST missing token":                           badParams,
	"6.5.3/message 1720 POST missing rid":                             badParams,
	"6.5.3/message 1800 POST unknown token":                           badToken,
	"6.5.3/message 1809 POST unknown rid":                             badRoom,
	"6.5.3/message 1816 POST someone else's rid":                      badRoom,
	"6.5.3/message 1823 POST extra key":                               badParams,
	"6.5.3/message 1833 POST incomplete agent object":                 badParams,
	"6.5.3/message 8497 POST over the livechat character limit (10)":  {KindRefused, CodeMessageTooLong},
	"6.5.3/message 9269 POST to a closed room":                        closed,
	"6.5.3/message 6487 GET unknown id":                               badMessage,
	"6.5.3/message 6497 GET wrong token":                              badToken,
	"6.5.3/message 6501 GET wrong rid":                                badRoom,
	"6.5.3/message 6511 GET no params":                                badParams,
	"6.5.3/message 6513 GET another visitor's message using own room": badMessage, // the leak
	"6.5.3/message 7181 GET after DELETE":                             badMessage,

	// 6.5.
	"6.5.3/history 3875 limit=abc":                    badParams,
	"6.5.3/history 3984 no token":                     badParams,
	"6.5.3/history 3985 unknown token":                badToken,
	"6.5.3/history 3989 unknown rid":                  badRoom,
	"6.5.3/history 3998 someone else's rid":           badRoom,
	"6.5.3/history 4005 unknown extra param":          badParams,
	"6.5.3/visitor 2951 history of a removed visitor": badToken,

	// 1.3, 1.4.
	"6.5.3/livechat-config 14 unknown query param":    badParams,
	"6.5.3/rate-limit 4314 POST livechat/message #11": limited,
	"6.5.3/rate-limit 4316 POST livechat/message #12": limited,
	"6.5.3/rate-limit 4317 POST livechat/message #13": limited,
	"6.5.3/rate-limit 4941 GET livechat/config #11":   limited,
	"6.5.3/rate-limit 4943 GET livechat/config #12":   limited,
	"6.5.3/rate-limit 5394 GET messages.history #11":  limited,
	"6.5.3/rate-limit 5397 GET messages.history #12":  limited,

	// 1: an absent route is a page, malformed JSON another; without a content type the server sees an empty body.
	"6.5.3/server-info 107 v1 info anonymous":              noRoute,
	"6.5.3/server-info 131 v1 info as admin":               noRoute,
	"6.5.3/server-info 270 POST malformed JSON":            notJSON,
	"6.5.3/server-info 272 POST JSON without content type": badParams,
	"6.5.3/server-info 274 POST urlencoded":                badToken,

	// 4.1: the matching of e-mail addresses kills the other visitor's token and orphans its room.
	"6.5.3/visitor-same-email 1124 GET visitor A":            badToken,
	"6.5.3/visitor-same-email 1136 A sends again":            badToken,
	"6.5.3/visitor-same-email 1145 A's history":              badToken,
	"6.5.3/visitor-same-email 1150 B reads A's room history": badRoom,

	// 4.1, 4.2.
	"6.5.3/visitor 241 missing token":            badParams,
	"6.5.3/visitor 264 numeric token":            badParams,
	"6.5.3/visitor 266 no visitor key":           badParams,
	"6.5.3/visitor 268 empty body":               badParams,
	"6.5.3/visitor 269 invalid email":            badEmail,
	"6.5.3/visitor 270 null name":                badParams,
	"6.5.3/visitor 272 unknown department":       badDepartment,
	"6.5.3/visitor 324 customFields wrong shape": badParams,
	"6.5.3/visitor 326 extra top-level key":      badParams,
	"6.5.3/visitor 336 GET unknown":              badToken,
	"6.5.3/visitor 407 GET after delete":         badToken,
}
