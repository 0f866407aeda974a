package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// deadPeer is how long a client may leave unacknowledged what it was sent: as long as a write on a stream may take.
const deadPeer = 45 * time.Second

// listen opens a listener, and says in plain words why it cannot.
func listen(ctx context.Context, flag, address string) (*door, error) {
	lis, err := (&net.ListenConfig{Control: giveUpAfter(deadPeer)}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, listenError(flag, address, err)
	}
	return newDoor(lis), nil
}

func listenError(flag, address string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s %s is taken already, by another program or another flag; choose another address", flag, address)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s %s is not allowed to this user; choose a port from 1024 on", flag, address)
	}
	return fmt.Errorf("%s %s: %w", flag, address, err)
}

// doors are where the service listens.
type doors struct{ grpc, http, admin *door }

// open opens all doors before anything is started, so that a taken port is told at once.
func (f edgeFlags) open(ctx context.Context) (d doors, err error) {
	for _, one := range []struct {
		flag, address string
		to            **door
	}{
		{"--grpc", f.GRPC, &d.grpc}, {"--http", f.HTTP, &d.http}, {"--admin", f.Admin, &d.admin},
	} {
		if *one.to, err = listen(ctx, one.flag, one.address); err != nil {
			d.close()
			return doors{}, err
		}
	}
	return d, nil
}

func (d doors) close() {
	for _, one := range []*door{d.grpc, d.http, d.admin} {
		if one != nil {
			_ = one.Close()
		}
	}
}
