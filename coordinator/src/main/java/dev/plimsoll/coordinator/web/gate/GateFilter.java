package dev.plimsoll.coordinator.web.gate;

import dev.plimsoll.coordinator.start.HttpTokens;
import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.coordinator.start.ListenAddress;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Provider;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Puts the {@link RequestGate} before everything that this process answers. */
@ApplicationScoped
public class GateFilter {

    /** Higher ones come first; Quarkus' own for authentication is 200. */
    private static final int FIRST = 1_000;

    /** The page's scripts set it, so that the browser does not ask for a password itself. */
    private static final String BY_SCRIPT = "Plimsoll-Page";

    /** Tells the page what its token allows. */
    private static final String ROLE = "Plimsoll-Role";

    private final Provider<Launch> launch;
    private final String bound;
    private Gate gate;

    private record Gate(RequestGate requests, Optional<TokenFile> tokens) {}

    GateFilter(Provider<Launch> launch, @ConfigProperty(name = "quarkus.http.host") String bound) {
        this.launch = launch;
        this.bound = bound;
    }

    void register(@Observes Filters filters) {
        filters.register(this::look, FIRST);
    }

    /** On first use: what was checked before the start is not known when filters are gathered. */
    private synchronized Gate gate() {
        if (gate == null) {
            var settings = launch.get().settings().values();
            OwnNames names = new OwnNames(
                    bound, settings.given(CoordinatorCatalogue.HTTP_NAMES).orElse(List.of()));
            gate = new Gate(
                    new RequestGate(names, ListenAddress.isLoopback(bound)),
                    settings.given(CoordinatorCatalogue.HTTP_TOKENS)
                            .map(file -> new TokenFile(file, System.nanoTime())));
        }
        return gate;
    }

    private void look(RoutingContext context) {
        long now = System.nanoTime();
        Gate is = gate();
        HttpServerRequest request = context.request();
        RequestFacts facts = facts(request);
        Optional<HttpTokens> tokens = is.tokens().map(file -> file.tokens(now));
        Optional<Refusal> refusal = is.requests().refusal(facts, tokens, now);
        if (refusal.isEmpty()) {
            tokens.flatMap(facts::role)
                    .ifPresent(role -> context.response()
                            .putHeader(ROLE, role.name().toLowerCase(Locale.ROOT)));
            context.next();
        } else {
            refuse(request, context.response(), refusal.get());
        }
    }

    private static RequestFacts facts(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        String authority =
                request.authority() == null ? null : request.authority().toString();
        return new RequestFacts(
                request.method().name(),
                request.uri(),
                hosts.isEmpty() && authority != null ? List.of(authority) : hosts,
                request.headers().getAll(HttpHeaders.ORIGIN),
                request.headers().getAll(HttpHeaders.AUTHORIZATION),
                Optional.ofNullable(request.getHeader("Sec-Fetch-Site")),
                Optional.ofNullable(request.getHeader(HttpHeaders.UPGRADE)),
                Optional.ofNullable(request.getHeader("Sec-WebSocket-Protocol")),
                request.headers().contains(BY_SCRIPT),
                Optional.ofNullable(request.getHeader(HttpHeaders.CONTENT_LENGTH)),
                request.headers().contains(HttpHeaders.TRANSFER_ENCODING),
                request.remoteAddress() == null ? "" : request.remoteAddress().hostAddress());
    }

    private static void refuse(
            HttpServerRequest request, HttpServerResponse response, Refusal refusal) {
        refusal.headers().forEach(response::putHeader);
        if (request.version() != HttpVersion.HTTP_2) {
            // the rest of what is sent is not read
            response.putHeader(HttpHeaders.CONNECTION, "close");
        }
        response.setStatusCode(refusal.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=UTF-8")
                .end(refusal.why() + "\n");
    }
}
