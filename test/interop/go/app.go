package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// app is a web app as its developers write it: go-oidc for what it is told, x/oauth2 for what it asks.
type app struct {
	settings
	provider  *oidc.Provider
	oauth2    oauth2.Config
	verifier  *oidc.IDTokenVerifier
	endpoints endpoints
}

// endpoints that go-oidc leaves to the app.
type endpoints struct {
	EndSession    string `json:"end_session_endpoint"`
	Introspection string `json:"introspection_endpoint"`
	Registration  string `json:"registration_endpoint"`
	Revocation    string `json:"revocation_endpoint"`
}

func newApp(ctx context.Context, given settings) (*app, error) {
	provider, err := oidc.NewProvider(ctx, given.Issuer)
	if err != nil {
		return nil, err
	}
	a := &app{
		settings: given,
		provider: provider,
		oauth2: oauth2.Config{
			ClientID:     given.ClientID,
			ClientSecret: given.ClientSecret,
			RedirectURL:  given.RedirectURI,
			Endpoint:     provider.Endpoint(),
			Scopes:       strings.Fields(given.Scope),
		},
		verifier: provider.Verifier(&oidc.Config{ClientID: given.ClientID}),
	}
	return a, provider.Claims(&a.endpoints)
}

// signedIn is what the app has when somebody has signed in.
type signedIn struct {
	token   *oauth2.Token
	raw     string
	idToken *oidc.IDToken
}

func (a *app) signIn(ctx context.Context, p person) (*signedIn, error) {
	state, nonce, pkce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(pkce), oidc.Nonce(nonce)}
	for name, value := range a.Authorization {
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	callback, err := p.visit(a.oauth2.AuthCodeURL(state, options...))
	if err != nil {
		return nil, err
	}
	code, err := a.codeOf(callback, state)
	if err != nil {
		return nil, err
	}
	token, err := a.oauth2.Exchange(ctx, code, oauth2.VerifierOption(pkce))
	if err != nil {
		return nil, err
	}
	raw, idToken, err := a.idTokenOf(ctx, token)
	if err != nil {
		return nil, err
	}
	if idToken.Nonce != nonce {
		return nil, errors.New("the ID token has another nonce")
	}
	return &signedIn{token, raw, idToken}, nil
}

// codeOf checks what came back through the browser: RFC 6749 4.1.2 and RFC 9207 2.4.
func (a *app) codeOf(callback, state string) (string, error) {
	parsed, err := url.Parse(callback)
	if err != nil {
		return "", err
	}
	answer := parsed.Query()
	if !strings.HasPrefix(callback, a.RedirectURI) || answer.Get("state") != state || answer.Get("iss") != a.Issuer {
		return "", fmt.Errorf("not the answer to this sign-in: %s", callback)
	}
	if answer.Has("error") {
		return "", refusal(answer.Get("error"))
	}
	return answer.Get("code"), nil
}

// idTokenOf has go-oidc check signature, issuer, audience and times.
func (a *app) idTokenOf(ctx context.Context, token *oauth2.Token) (string, *oidc.IDToken, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return "", nil, errors.New("no ID token")
	}
	idToken, err := a.verifier.Verify(ctx, raw)
	if err != nil {
		return "", nil, err
	}
	return raw, idToken, nil
}
