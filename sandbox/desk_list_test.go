package sandbox_test

import (
	"slices"
	"testing"

	"github.com/rocketline/rocketline/sandbox"
)

func TestTheCommunityEditionMakesOneDepartment(t *testing.T) {
	for profile, second := range map[sandbox.Profile]bool{sandbox.V3_4: true, sandbox.V6_5: false, sandbox.V7_0: false} {
		t.Run(string(profile), func(t *testing.T) {
			d := openDesk(t, sandbox.Options{Profile: profile})
			d.department("Sales", "ann")
			answer := d.as("root", "POST", "department", map[string]any{
				"department": map[string]any{
					"enabled": true, "name": "Support", "email": "s@example.com", "showOnRegistration": true, "showOnOfflineForm": true,
				},
				"agents": []any{map[string]any{"agentId": "ben-id"}},
			})
			equal(t, second, answer["success"] == true)
		})
	}
}

func TestAnArchivedDepartmentIsNotListedAndStaysDisabled(t *testing.T) {
	d := openDesk(t, sandbox.Options{})
	dep := d.department("Sales", "ann")
	d.must("root", "POST", "department/"+dep+"/archive", nil)
	edit := map[string]any{"department": map[string]any{
		"enabled": true, "name": "Sales", "email": "s@example.com", "showOnRegistration": true, "showOnOfflineForm": true,
	}}
	equal(t, any("error-archived-department-cant-be-enabled"), d.as("root", "PUT", "department/"+dep, edit)["error"])
	equal(t, any(float64(0)), d.must("root", "GET", "department", nil)["total"])
	equal(t, any(float64(1)), d.must("root", "GET", "departments/archived", nil)["total"])
	d.must("root", "POST", "department/"+dep+"/unarchive", nil)
	d.must("root", "PUT", "department/"+dep, edit)
	equal(t, any(float64(1)), d.must("root", "GET", "department", nil)["total"])
}

func TestRoomsAreFilteredByWhatTheyAre(t *testing.T) {
	cases := []struct {
		profile sandbox.Profile
		filter  string
		want    []string
	}{
		{sandbox.V6_5, "", []string{"closed", "served", "waiting"}},
		{sandbox.V6_5, "open=true", []string{"served", "waiting"}},
		{sandbox.V6_5, "open=false", []string{"closed"}},
		{sandbox.V6_5, "agents[]=ann-id", []string{"closed", "served"}},
		{sandbox.V6_5, "agents[]=ben-id", []string{}},
		{sandbox.V6_5, "roomName=nobody", []string{}},
		{sandbox.V7_0, "open=true", []string{"served"}},
		{sandbox.V7_0, "queued=true", []string{"waiting"}},
		{sandbox.V3_4, "unknown=1", []string{"closed", "served", "waiting"}},
	}
	for _, tc := range cases {
		t.Run(string(tc.profile)+" "+tc.filter, func(t *testing.T) {
			d := openDesk(t, sandbox.Options{Profile: tc.profile})
			names := map[any]string{
				d.visitor("a"): "waiting", d.taken("ann", "b"): "served", d.taken("ann", "c"): "closed",
			}
			for rid, name := range names {
				if name == "closed" {
					if err := d.srv.Agent("ann").CloseRoom(rid.(string), "done"); err != nil {
						t.Fatal(err)
					}
				}
			}
			list, _ := d.must("root", "GET", "rooms?"+tc.filter, nil)["rooms"].([]any)
			got := []string{}
			for _, r := range list {
				got = append(got, names[under(r, "_id")])
			}
			slices.Sort(got)
			equal(t, tc.want, got)
		})
	}
}

func TestAnAgentListsNoRoomsButHisOwn(t *testing.T) {
	d := openDesk(t, sandbox.Options{})
	d.taken("ann", "guest")
	equal(t, any(false), d.as("ann", "GET", "rooms", nil)["success"])
	equal(t, any(false), d.as("ben", "GET", "rooms?agents[]=ann-id", nil)["success"])
	equal(t, any(float64(1)), d.must("ann", "GET", "rooms?agents[]=ann-id", nil)["total"])
}

func TestAClosedRoomIsOutOfTheQueueAndOfItsAgentsLists(t *testing.T) {
	for _, profile := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5} {
		t.Run(string(profile), func(t *testing.T) {
			d := openDesk(t, sandbox.Options{Profile: profile})
			rid := d.taken("ann", "guest")
			if err := d.srv.Agent("ann").CloseRoom(rid, "done"); err != nil {
				t.Fatal(err)
			}
			equal(t, any(float64(1)), under(d.room(rid), "usersCount"))
			equal(t, nil, d.must("root", "GET", "inquiries.getOne?roomId="+rid, nil)["inquiry"])
		})
	}
}

func TestRoomInfoIsSavedAsTheWorkspaceKnowsIt(t *testing.T) {
	d := openDesk(t, sandbox.Options{RoomFields: []sandbox.CustomField{{Key: "order"}}})
	rid := d.taken("ann", "guest")
	guest := under(d.room(rid), "v", "_id")
	save := func(who string, room map[string]any) map[string]any {
		room["_id"] = rid
		return d.as(who, "POST", "room.saveInfo", map[string]any{"guestData": map[string]any{"_id": guest, "name": "Gus"}, "roomData": room})
	}
	answer := save("ann", map[string]any{
		"topic": "an order", "tags": []string{"vip", "late"}, "livechatData": map[string]any{"order": "17", "colour": "red"},
	})
	equal(t, any(true), answer["success"])
	r := d.room(rid)
	equal(t, any([]any{"vip", "late"}), under(r, "tags"))
	equal(t, any("an order"), under(r, "topic"))
	equal(t, any(map[string]any{"order": "17"}), under(r, "livechatData"))
	equal(t, any("Gus"), under(r, "fname"))
	equal(t, any(false), save("ben", map[string]any{"topic": "mine now"})["success"]) // he serves somebody else
	equal(t, any("an order"), under(d.room(rid), "topic"))
}

func TestAnAgentComesAndGoes(t *testing.T) {
	d := openDesk(t, sandbox.Options{})
	total := func() any { return d.must("root", "GET", "users/agent", nil)["total"] }
	equal(t, any(float64(3)), total())
	d.must("root", "POST", "users/agent", map[string]any{"username": "pat"})
	equal(t, any(float64(4)), total())
	d.must("root", "DELETE", "users/agent/pat-id", nil)
	equal(t, any(float64(3)), total())
	equal(t, any(false), d.as("root", "POST", "users/agent", map[string]any{"username": "nobody"})["success"])
}

func TestMethodsOfAgentsComeAndGo(t *testing.T) {
	cases := []struct {
		last    sandbox.Profile // that has them
		methods []string
	}{
		{sandbox.V6_5, []string{"livechat:requestTranscript", "livechat:discardTranscript"}},
		{sandbox.V7_0, []string{
			"livechat:takeInquiry", "livechat:transfer", "livechat:closeRoom", "livechat:returnAsInquiry",
			"livechat:changeLivechatStatus", "livechat:saveInfo",
		}},
	}
	all := []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0, sandbox.Later}
	for _, profile := range all {
		t.Run(string(profile), func(t *testing.T) {
			c := connectTo(t, openDesk(t, sandbox.Options{Profile: profile}).srv)
			for _, tc := range cases {
				there := slices.Index(all, profile) <= slices.Index(all, tc.last)
				for _, method := range tc.methods {
					if found := code(c.call(method)) != any(float64(404)); found != there {
						t.Errorf("%s: found %v, want %v", method, found, there)
					}
				}
			}
		})
	}
}
