package dev.plimsoll.coordinator.web.gate;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.coordinator.start.HttpRole;
import dev.plimsoll.coordinator.start.HttpTokens;

import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What of a request decides whether it is let in.
 *
 * @param target as it was sent, with its query
 * @param hosts every header Host, or the authority of HTTP/2
 * @param origins every header Origin
 * @param authorizations every header Authorization
 * @param fetchSite the header Sec-Fetch-Site, by which a browser says whose page asks
 * @param upgrade the header Upgrade
 * @param protocols the header Sec-WebSocket-Protocol, in which the page names its token: a browser
 *     lets no script give a WebSocket another header
 * @param byScript whether a script of the page asks, which shows a form of its own for the token
 * @param bodyBytes by the header Content-Length; empty without one
 * @param chunked whether the body's length is not told beforehand
 * @param address of who asks
 */
record RequestFacts(
        String method,
        String target,
        List<String> hosts,
        List<String> origins,
        List<String> authorizations,
        Optional<String> fetchSite,
        Optional<String> upgrade,
        Optional<String> protocols,
        boolean byScript,
        Optional<String> bodyBytes,
        boolean chunked,
        String address) {

    /** Before the token, in Base64 for addresses, among the protocols of the page's WebSocket. */
    private static final String TOKEN_PROTOCOL = "plimsoll.token.";

    String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    boolean changes() {
        return !method.equals("GET") && !method.equals("HEAD");
    }

    /** What the token allows that the request names; empty without one that is known. */
    Optional<HttpRole> role(HttpTokens tokens) {
        return (authorizations.isEmpty() ? tokenOfSocket() : token(authorizations.getFirst()))
                .flatMap(tokens::roleOf);
    }

    /** The token that the page's WebSocket names as a protocol; empty for other requests. */
    Optional<String> tokenOfSocket() {
        return protocols
                .filter(_ -> upgrade.isPresent() && path().equals(RequestGate.LIVE))
                .flatMap(all -> Arrays.stream(all.split(","))
                        .map(String::strip)
                        .filter(one -> one.startsWith(TOKEN_PROTOCOL))
                        .findFirst())
                .map(one -> decoded(Base64.getUrlDecoder(), one.substring(TOKEN_PROTOCOL.length()))
                        .orElse(""));
    }

    private static Optional<String> token(String authorization) {
        String[] words = authorization.strip().split("\\s+", 2);
        if (words.length < 2) {
            return Optional.empty();
        }
        return switch (words[0].toLowerCase(Locale.ROOT)) {
            case "bearer" -> Optional.of(words[1]);
            case "basic" ->
                decoded(Base64.getDecoder(), words[1])
                        .filter(both -> both.contains(":"))
                        .map(both -> both.substring(both.indexOf(':') + 1));
            default -> Optional.empty();
        };
    }

    private static Optional<String> decoded(Base64.Decoder decoder, String text) {
        try {
            return Optional.of(new String(decoder.decode(text), UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
