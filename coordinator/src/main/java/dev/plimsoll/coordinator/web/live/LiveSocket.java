package dev.plimsoll.coordinator.web.live;

import io.quarkus.websockets.next.CloseReason;
import io.quarkus.websockets.next.OnClose;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.OnTextMessage;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;

/** The page's connection. It only listens: requests go to {@code /api/control}. */
@WebSocket(path = "/api/live")
public class LiveSocket {

    private static final int TRY_AGAIN_LATER = 1013;
    private static final int POLICY = 1008;

    private final LiveFeed feed;

    LiveSocket(LiveFeed feed) {
        this.feed = feed;
    }

    @OnOpen
    @NonBlocking
    Uni<Void> opened(WebSocketConnection connection) {
        return feed.opened(connection)
                ? Uni.createFrom().voidItem()
                : connection.close(new CloseReason(
                        TRY_AGAIN_LATER,
                        LiveFeed.MOST_PAGES + " pages are open; close one of them"));
    }

    @OnTextMessage
    @NonBlocking
    Uni<Void> said(String message, WebSocketConnection connection) {
        return connection.close(new CloseReason(POLICY, "nothing is to be said here"));
    }

    @OnClose
    @NonBlocking
    void closed(WebSocketConnection connection) {
        feed.closed(connection);
    }
}
