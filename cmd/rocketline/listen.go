package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listen opens a listener, and says in plain words why it cannot.
func listen(flag, address string) (net.Listener, error) {
	lis, err := net.Listen("tcp", address)
	if err != nil {
		return nil, listenError(flag, address, err)
	}
	return lis, nil
}

func listenError(flag, address string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s %s is taken by another program; choose another address", flag, address)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s %s is not allowed to this user; choose a port from 1024 on", flag, address)
	}
	return fmt.Errorf("%s %s: %w", flag, address, err)
}
