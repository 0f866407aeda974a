package rocketchat

// failuresOfMessages are those of edits and deletions.
var failuresOfMessages = map[string]failure{
	// 6.3.
	"3.4.0/room-message 6282 message put unknown id":                  badMessage,
	"3.4.0/room-message 6292 message put by other visitor":            locked,
	"3.4.0/room-message 6302 message put missing msg":                 badParams,
	"3.4.0/room-message 6303 message put bad token":                   badToken,
	"3.4.0/room-message 9507 visitor edits agent message (put)":       locked,
	"3.4.0/settings-variants 5862 put, editing off":                   locked,
	"6.5.3/message 6769 PUT missing msg":                              badParams,
	"6.5.3/message 6775 PUT unknown id":                               badMessage,
	"6.5.3/message 6795 PUT wrong token":                              badToken,
	"6.5.3/message 6798 PUT wrong rid":                                badRoom,
	"6.5.3/message 6806 PUT another visitor's message using own room": locked,
	"6.5.3/message 7080 PUT the agent's message by the visitor":       locked,
	"6.5.3/message 7712 PUT with editing disabled":                    locked,

	// 6.4.
	"3.4.0/room-message 6348 message delete by other visitor":            locked,
	"3.4.0/room-message 6377 message delete missing":                     badParams,
	"3.4.0/room-message 6450 message delete again":                       badMessage,
	"3.4.0/room-message 9515 visitor deletes agent message":              locked,
	"3.4.0/settings-variants 9019 delete, deleting off":                  locked,
	"6.5.3/message 7096 DELETE the agent's message by the visitor":       locked,
	"6.5.3/message 7106 DELETE a system message by the visitor":          locked,
	"6.5.3/message 7114 DELETE wrong token":                              badToken,
	"6.5.3/message 7118 DELETE wrong rid":                                badRoom,
	"6.5.3/message 7125 DELETE unknown":                                  badMessage,
	"6.5.3/message 7133 DELETE no body":                                  badParams,
	"6.5.3/message 7134 DELETE another visitor's message using own room": locked,
	"6.5.3/message 7202 DELETE again":                                    badMessage,
	"6.5.3/message 7736 DELETE with deleting disabled":                   locked,
}

// failuresOfUploads are those of uploads: 403 means no visitor, no such room, another visitor's, or a closed one, and the client finds
// out which.
var failuresOfUploads = map[string]failure{
	// 8.1.
	"3.4.0/files 12851 visitor upload empty file":          emptyFile,
	"3.4.0/files 13986 visitor upload unknown extra field": badParams,
	"3.4.0/files 64919 closed room: visitor upload":        closed,
	"3.4.0/room-message 10145 upload no visitor token":     notYours,
	"3.4.0/room-message 10893 upload unknown token":        badToken,
	"3.4.0/room-message 11762 upload foreign room":         badRoom,
	"3.4.0/room-message 12542 upload no file":              badParams,
	"3.4.0/room-message 32555 upload two files":            badParams,
	"3.4.0/room-message 32597 upload svg":                  badType,
	"3.4.0/room-message 35763 upload too large":            tooLarge,
	"3.4.0/room-message 35856 upload not multipart":        onlyWords,
	"3.4.0/room-message 40583 upload to closed":            closed,
	"3.4.0/settings-variants 19102 upload":                 noUploads,
	"6.5.3/upload 1239 no token header":                    notYours,
	"6.5.3/upload 2011 unknown token":                      badToken,
	"6.5.3/upload 2928 another visitor's token":            badRoom,
	"6.5.3/upload 3889 unknown rid":                        badRoom,
	"6.5.3/upload 4784 no file part":                       badParams,
	"6.5.3/upload 4794 wrong field name":                   badParams,
	"6.5.3/upload 4813 not multipart":                      onlyWords,
	"6.5.3/upload 5114 blocked type":                       badType,
	"6.5.3/upload 5389 too large (limit 5 bytes)":          tooLarge,
	"6.5.3/upload 5662 empty file":                         emptyFile,
	"6.5.3/upload 6252 closed room":                        closed,
}
