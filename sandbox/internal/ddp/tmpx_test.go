package ddp
import ("testing";"strings";"fmt";"runtime/debug";"time";"github.com/rocketline/rocketline/sandbox/internal/specimen";"github.com/rocketline/rocketline/sandbox/internal/core")
func TestTmpX(t *testing.T){
 _, rec, err := specimen.Traffic("../../testdata"); if err!=nil {t.Fatal(err)}
 seen := map[string]bool{}; n:=0; end := time.Now().Add(250*time.Second)
 done := map[string]bool{}
 for i, r := range rec {
  for _, line := range r.Lines {
   key := string(r.Profile)+line; _ = i
   if k := strings.Index(line, `"id"`); k>=0 && len(line)>k+20 { key = string(r.Profile)+line[:k]+line[k+14:] }
   if done[key] {continue}; done[key]=true
   for _, tok := range []string{"", specimen.AdminToken, specimen.AgentToken} {
   for tw := 1; tw <= specimen.Twists(line); tw++ {
    if time.Now().After(end) { t.Fatal("time", i, len(rec), n) }
    prof := r.Profile; if tw%3==2 { prof = core.V7_0 }
    n++
    func(){
     var last string
     defer func(){ if p := recover(); p!=nil { st := string(debug.Stack()); fr := ""; for _, l := range strings.Split(st,"\n") { if strings.Contains(l,"/sandbox/internal/") && !strings.Contains(l,"tmpx") { fr += strings.TrimSpace(l)+" "; if strings.Count(fr,".go")>2 {break} } }
       if !seen[fr] { seen[fr]=true; fmt.Println("PANIC", p, fr, prof, last) } } }()
     c := newClient(t, scene{profile: prof, greeted:true, token: tok, micro: tw%7==3})
     last = c.workspace.Name(specimen.Twist(line, uint16(tw)))
     c.session.receive([]byte(last))
     for _, f := range c.answers() { if err := checkFrame(c.session, f); err!=nil { fmt.Println("BAD", err, string(f), last) } }
     if !c.workspace.Core.TryLock() { fmt.Println("LOCKED", last); return }
     c.workspace.Core.Unlock()
     c.session.receive([]byte(c.workspace.Name(`{"msg":"method","id":"z","method":"loadHistory","params":["$room"]}`)))
     c.session.receive([]byte(c.workspace.Name(`{"msg":"method","id":"z","method":"rooms/get","params":[]}`)))
     c.session.receive([]byte(c.workspace.Name(`{"msg":"method","id":"z","method":"subscriptions/get","params":[]}`)))
     for _, f := range c.answers() { if err := checkFrame(c.session, f); err!=nil { fmt.Println("BAD", err, string(f), last) } }
    }()
   }}
  }
 }
 fmt.Println("runs", n)
}
