package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type result map[string]any

var flows = map[string]func(context.Context, *app, person) (map[string]any, error){
	"code-flow":             codeFlow,
	"refresh":               refresh,
	"introspect-and-revoke": introspectAndRevoke,
	"device":                device,
	"client-credentials":    clientCredentials,
	"sign-out":              signOut,
	"logout-token":          logoutToken,
	"register":              register,
}

func codeFlow(ctx context.Context, a *app, p person) (map[string]any, error) {
	in, err := a.signIn(ctx, p)
	if err != nil {
		return nil, err
	}
	var claims, userinfo map[string]any
	if err := in.idToken.Claims(&claims); err != nil {
		return nil, err
	}
	info, err := a.provider.UserInfo(ctx, oauth2.StaticTokenSource(in.token))
	if err != nil {
		return nil, err
	}
	if err := info.Claims(&userinfo); err != nil {
		return nil, err
	}
	return result{"claims": claims, "userinfo": userinfo, "scope": in.token.Extra("scope")}, nil
}

func refresh(ctx context.Context, a *app, p person) (map[string]any, error) {
	in, err := a.signIn(ctx, p)
	if err != nil {
		return nil, err
	}
	// A token source refreshes what it holds no access token for.
	renew := func(refreshToken string) (*oauth2.Token, error) {
		return a.oauth2.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	}
	second, err := renew(in.token.RefreshToken)
	if err != nil {
		return nil, err
	}
	_, idToken, err := a.idTokenOf(ctx, second)
	if err != nil {
		return nil, err
	}
	_, reuse := renew(in.token.RefreshToken)
	_, afterReuse := renew(second.RefreshToken)
	return result{
		"subject":     idToken.Subject,
		"rotated":     second.RefreshToken != in.token.RefreshToken,
		"reuse":       codeOf(reuse),
		"after_reuse": codeOf(afterReuse),
	}, nil
}

func introspectAndRevoke(ctx context.Context, a *app, p person) (map[string]any, error) {
	in, err := a.signIn(ctx, p)
	if err != nil {
		return nil, err
	}
	var before, after map[string]any
	if _, err := a.post(ctx, a.endpoints.Introspection, in.token.AccessToken, &before); err != nil {
		return nil, err
	}
	revocation, err := a.post(ctx, a.endpoints.Revocation, in.token.AccessToken, nil)
	if err != nil {
		return nil, err
	}
	_, err = a.post(ctx, a.endpoints.Introspection, in.token.AccessToken, &after)
	return result{"before": before, "revocation": revocation, "after": after}, err
}

func device(ctx context.Context, a *app, p person) (map[string]any, error) {
	started, err := a.oauth2.DeviceAuth(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := p.visit(started.VerificationURIComplete); err != nil {
		return nil, err
	}
	// The person is through already, so that the first poll need not wait for long.
	started.Interval = 1
	token, err := a.oauth2.DeviceAccessToken(ctx, started)
	if err != nil {
		return nil, err
	}
	info, err := a.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, err
	}
	return result{"subject": info.Subject}, nil
}

func clientCredentials(ctx context.Context, a *app, _ person) (map[string]any, error) {
	config := clientcredentials.Config{
		ClientID:       a.ClientID,
		ClientSecret:   a.ClientSecret,
		TokenURL:       a.oauth2.Endpoint.TokenURL,
		EndpointParams: url.Values{"resource": {a.Resource}},
	}
	token, err := config.Token(ctx)
	if err != nil {
		return nil, err
	}
	// An API in Go often checks its tokens with the same verifier; the audience is then the API.
	api := a.provider.Verifier(&oidc.Config{ClientID: a.Resource, SupportedSigningAlgs: []string{oidc.ES256}})
	if _, err := api.Verify(ctx, token.AccessToken); err != nil {
		return nil, err
	}
	return result{"token_type": token.TokenType, "access_token": token.AccessToken}, nil
}

func signOut(ctx context.Context, a *app, p person) (map[string]any, error) {
	in, err := a.signIn(ctx, p)
	if err != nil {
		return nil, err
	}
	state := oauth2.GenerateVerifier()
	back, err := p.visit(a.endpoints.EndSession + "?" + url.Values{
		"id_token_hint":            {in.raw},
		"post_logout_redirect_uri": {a.PostLogoutRedirectURI},
		"state":                    {state},
	}.Encode())
	if err != nil {
		return nil, err
	}
	address, query, _ := strings.Cut(back, "?")
	if query != "state="+state {
		return nil, fmt.Errorf("not the way back of this sign-out: %s", back)
	}
	return result{"post_logout_redirect_uri": address}, nil
}

func logoutToken(ctx context.Context, a *app, _ person) (map[string]any, error) {
	token, err := a.verifier.VerifyLogout(ctx, a.LogoutToken)
	if err != nil {
		return nil, err
	}
	return result{"subject": token.Subject, "session": token.SessionID}, nil
}

func register(ctx context.Context, a *app, p person) (map[string]any, error) {
	var client struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
		URI    string `json:"registration_client_uri"`
		Token  string `json:"registration_access_token"`
	}
	registered, err := a.send(ctx, http.MethodPost, a.endpoints.Registration, "", map[string]any{
		"client_name":   "go-oidc",
		"redirect_uris": []string{a.RedirectURI},
	}, &client)
	if err != nil {
		return nil, err
	}
	given := a.settings
	given.ClientID, given.ClientSecret = client.ID, client.Secret
	own, err := newApp(ctx, given)
	if err != nil {
		return nil, err
	}
	signedIn, err := codeFlow(ctx, own, p)
	if err != nil {
		return nil, err
	}
	removed, err := a.send(ctx, http.MethodDelete, client.URI, client.Token, nil, nil)
	return result{"registered": registered, "claims": signedIn["claims"], "removed": removed}, err
}

// codeOf is the error code of a refused token request (RFC 6749 5.2); none when it was not refused.
func codeOf(err error) any {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return refused.ErrorCode
	}
	return nil
}
