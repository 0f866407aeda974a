package server

import (
	"context"
	"errors"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/convert"
	"github.com/rocketline/rocketline/server/failure"
)

// agents implements AgentService.
type agents struct {
	livechatv1.UnimplementedAgentServiceServer
	chat      *rocketchat.Client
	workspace *workspace
}

// GetRoomAgent implements AgentService.
func (s *agents) GetRoomAgent(ctx context.Context, req *livechatv1.GetRoomAgentRequest) (*livechatv1.GetRoomAgentResponse, error) {
	agent, err := s.chat.RoomAgent(ctx, auth.From(ctx).Token(), req.GetRoomId())
	if err != nil {
		return nil, agentNamed(err, "rooms/"+req.GetRoomId()+"/agent")
	}
	return &livechatv1.GetRoomAgentResponse{Agent: s.workspace.audience(ctx).Agent(agent)}, nil
}

// GetNextAgent implements AgentService. Rocket.Chat names agents to anyone who asks, whatever the token (rest-visitor 7.2, trap 25), so
// the visitor is proved first.
func (s *agents) GetNextAgent(ctx context.Context, req *livechatv1.GetNextAgentRequest) (*livechatv1.GetNextAgentResponse, error) {
	token := auth.From(ctx).Token()
	config, err := s.chat.Config(ctx, token, "")
	if err == nil {
		err = tellsOfVisitor(config)
	}
	if err != nil {
		return nil, err
	}
	s.workspace.learn(config)
	department := ""
	if req.GetDepartment() != "" {
		if department, err = departmentIn(config, req.GetDepartment()); err != nil {
			return nil, err
		}
	}
	if openRoom(config) != nil {
		return &livechatv1.GetNextAgentResponse{}, nil
	}
	agent, err := s.chat.NextAgent(ctx, token, department)
	if err != nil {
		return nil, agentNamed(toldOnce(err, "the workspace may have been asked and have counted it, and the answer was lost"), "agents:next")
	}
	audience := convert.Audience{AgentsHidden: config.Settings.AgentHidden}
	return &livechatv1.GetNextAgentResponse{Agent: audience.Agent(agent)}, nil
}

// agentNamed says which agent was not found, where no request names one.
func agentNamed(err error, name string) error {
	var f *failure.Error
	if !hasCode(err, rocketchat.CodeAgentNotFound) || !errors.As(failure.From(err), &f) {
		return err
	}
	return f.Named(func(string) string { return name })
}
