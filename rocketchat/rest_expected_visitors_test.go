package rocketchat

// failuresOfVisitors are those of the routes about visitors and agents. custom.field without a word is a value that was there and
// was not to be replaced (7.6).
var failuresOfVisitors = map[string]failure{
	// 4.3.
	"3.4.0/visitor 1364 delete unknown":                              badToken,
	"3.4.0/visitor 1382 delete again":                                badToken,
	"6.5.3/visitor 416 DELETE again":                                 badToken,
	"6.5.3/visitor 1379 DELETE with an open room (default settings)": hasOpenRooms,

	// 4.5.
	"3.4.0/visitor 1094 visitor.status unknown token":  badToken,
	"3.4.0/visitor 1095 visitor.status missing":        badParams,
	"6.5.3/visitor 2040 visitor.status unknown token":  badToken,
	"6.5.3/visitor 2046 visitor.status missing status": badParams,
	"6.5.3/visitor 2052 visitor.status extra key":      badParams,

	// 7.4.
	"3.4.0/visitor 1250 page.visited bad":                                                    badParams,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 1875 page.visited missing pageInfo": badParams,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 1877 page.visited bad pageInfo":     badParams,
	"6.5.3/misc-livechat 2502 page.visited missing pageInfo":                                 badParams,
	"6.5.3/misc-livechat 2504 page.visited bad pageInfo":                                     badParams,

	// 7.6, 7.7.
	"3.4.0/visitor 1108 custom.field unknown key":                                                                badField,
	"3.4.0/visitor 1112 custom.field unknown token":                                                              badToken,
	"3.4.0/visitor 1117 custom.field missing":                                                                    badParams,
	"3.4.0/visitor 1124 custom.fields unknown key":                                                               badField,
	"3.4.0/visitor 1133 custom.fields bad":                                                                       badParams,
	"3.4.0/visitor 1138 custom.fields unknown token":                                                             badToken,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 3776 custom.field overwrite=false on an existing value": kept,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 3792 custom.field unknown key":                          badField,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 3800 custom.field wrong token":                          badToken,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 3806 custom.field missing overwrite":                    badParams,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 3854 custom.fields one unknown":                         badField,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 3873 custom.fields missing list":                        badParams,
	"6.5.3/misc-livechat 4183 custom.field overwrite=false on an existing value":                                 kept,
	"6.5.3/misc-livechat 4197 custom.field unknown key":                                                          badField,
	"6.5.3/misc-livechat 4204 custom.field wrong token":                                                          badToken,
	"6.5.3/misc-livechat 4209 custom.field missing overwrite":                                                    badParams,
	"6.5.3/misc-livechat 4283 custom.fields one unknown":                                                         badField,
	"6.5.3/misc-livechat 4297 custom.fields missing list":                                                        badParams,

	// 7.1, 7.2.
	"3.4.0/config-offline 2586 agent.next while offline":          noAgent,
	"3.4.0/room-message 5577 agent.next manual":                   noAgent,
	"3.4.0/room-message 5924 agent.info unserved":                 noAgent,
	"3.4.0/room-message 9321 agent.info bad token":                badToken,
	"3.4.0/room-message 9324 agent.info bad room":                 badRoom,
	"3.4.0/settings-variants 4062 agent.next dept Empty":          noAgent,
	"6.5.3/agent-room 107788 visitor agent.info after it":         noAgent,
	"6.5.3/agent 899 agent.info, queued room":                     noAgent,
	"6.5.3/agent 1034 agent.info wrong token":                     badToken,
	"6.5.3/agent 1040 agent.info wrong room":                      badRoom,
	"6.5.3/agent 1117 agent.next under manual selection":          noAgent,
	"6.5.3/agent 1135 agent.next unknown token":                   noAgent,
	"6.5.3/department 4402 agent.next with department":            noAgent,
	"6.5.3/room-auto-selection 823 agent.next, none online":       noAgent,
	"6.5.3/transfer-to-department 4257 agent.info after transfer": noAgent,
}

// failuresOfForms are those of transfers, surveys, mails. A transfer without a word is one out of a closed room (5.3); in 3.4.0 a
// department that nobody knows is one where nobody is there.
var failuresOfForms = map[string]failure{
	// 5.3.
	"3.4.0/room-message 38811 transfer bad dept":            nobody,
	"3.4.0/room-message 38849 transfer missing dept":        badParams,
	"3.4.0/room-message 38850 transfer bad token":           badToken,
	"3.4.0/room-message 41224 transfer closed":              notTransferred,
	"6.5.3/department 4235 room.transfer to the department": sameDepartment,
	"6.5.3/room 2389 transfer unknown department":           badDepartment,
	"6.5.3/room 2402 transfer wrong token":                  badToken,
	"6.5.3/room 2406 transfer missing department":           badParams,

	// 5.4.
	"3.4.0/room-message 35951 survey invalid item": badSurvey,
	"3.4.0/room-message 36053 survey bad value":    badSurvey,
	"3.4.0/room-message 36133 survey bad room":     badRoom,
	"3.4.0/room-message 36140 survey missing":      badParams,
	"6.5.3/room 2150 survey unknown item only":     badSurvey,
	"6.5.3/room 2262 survey out of range":          badSurvey,
	"6.5.3/room 2378 survey missing data":          badParams,
	"6.5.3/room 2380 survey wrong token":           badToken,
	"6.5.3/room 2384 survey wrong rid":             badRoom,

	// 7.3.
	"3.4.0/config-offline 421 offline.message ok":                                                badEmail,
	"3.4.0/config-offline 424 offline.message with dept+host":                                    badEmail,
	"3.4.0/config-offline 1948 offline.message form disabled":                                    noMail,
	"3.4.0/config-offline 2486 offline.message missing":                                          badParams,
	"3.4.0/config-offline 2488 offline.message bad email":                                        noMail,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 0 offline.message ok":                   noMail,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 8 offline.message with host":            noMail,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 10 missing email":                       badParams,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 12 invalid email":                       noMail,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 14 missing message":                     badParams,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 15 unknown department":                  noMail,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 17 extra key":                           badParams,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 440 offline form disabled":              noMail,
	"6.5.3/misc-livechat 1 offline.message, e-mail domain MX check on (default) and DNS failing": noMail,
	"6.5.3/misc-livechat 600 missing email":                                                      badParams,
	"6.5.3/misc-livechat 677 missing message":                                                    badParams,
	"6.5.3/misc-livechat 749 extra key":                                                          badParams,
	"6.5.3/misc-livechat 1172 offline form disabled":                                             noMail,

	// 7.5.
	"3.4.0/room-message 9885 transcript bad token":                                      badRoom,
	"3.4.0/room-message 9890 transcript foreign room":                                   badRoom,
	"3.4.0/room-message 9900 transcript missing":                                        badParams,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 3098 transcript wrong token":   badToken,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 3106 transcript wrong rid":     badRoom,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 3121 transcript missing email": badParams,
	"6.5.3/misc-livechat-offline-email-dns-check-failing 3122 transcript bad email":     badEmail,
	"6.5.3/misc-livechat 3499 transcript wrong token":                                   badToken,
	"6.5.3/misc-livechat 3516 transcript wrong rid":                                     badRoom,
	"6.5.3/misc-livechat 3527 transcript missing email":                                 badParams,
	"6.5.3/misc-livechat 3528 transcript bad email":                                     badEmail,
}
