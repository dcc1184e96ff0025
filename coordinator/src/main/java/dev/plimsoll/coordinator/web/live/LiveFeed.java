package dev.plimsoll.coordinator.web.live;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.quarkus.websockets.next.WebSocketConnection;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;

import org.jboss.logging.Logger;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends each page what is new, twice a second. One that takes longer than that to receive a message
 * is sent the next one later, with all that happened meanwhile. Everything happens on one thread,
 * and nothing while nobody looks.
 */
@ApplicationScoped
public class LiveFeed {

    private static final Logger LOG = Logger.getLogger(LiveFeed.class);
    private static final long EACH_MILLIS = 500;

    /** Pages at once; each costs a message twice a second. */
    static final int MOST_PAGES = 50;

    private final LiveState state;
    private final ObjectMapper json;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("live-feed").daemon(true).factory());
    private final Map<String, Page> pages = new LinkedHashMap<>();

    LiveFeed(LiveState state, ObjectMapper json) {
        this.state = state;
        this.json = json;
        thread.scheduleWithFixedDelay(this::tell, EACH_MILLIS, EACH_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static final class Page {
        private final WebSocketConnection connection;
        private final AtomicBoolean sending = new AtomicBoolean();
        private LiveCursor seen = LiveCursor.START;

        Page(WebSocketConnection connection) {
            this.connection = connection;
        }
    }

    /** From now on the page is told; false when there are too many. */
    boolean opened(WebSocketConnection connection) {
        synchronized (pages) {
            if (pages.size() >= MOST_PAGES) {
                return false;
            }
            pages.put(connection.id(), new Page(connection));
        }
        thread.execute(this::tell);
        return true;
    }

    void closed(WebSocketConnection connection) {
        synchronized (pages) {
            pages.remove(connection.id());
        }
    }

    private void tell() {
        Map<String, Page> now;
        synchronized (pages) {
            now = new LinkedHashMap<>(pages);
        }
        try {
            Map<LiveCursor, String> texts = new LinkedHashMap<>();
            Map<LiveCursor, LiveCursor> next = new LinkedHashMap<>();
            for (Page page : now.values()) {
                if (page.sending.compareAndSet(false, true)) {
                    LiveCursor seen = page.seen;
                    if (!texts.containsKey(seen)) {
                        LiveState.Told told = state.since(seen);
                        texts.put(seen, json.writeValueAsString(told.message()));
                        next.put(seen, told.seen());
                    }
                    page.seen = next.get(seen);
                    page.connection
                            .sendText(texts.get(seen))
                            .subscribe()
                            .with(_ -> page.sending.set(false), _ -> closed(page.connection));
                }
            }
        } catch (JsonProcessingException | RuntimeException e) {
            // the next turn tries again; a page must not end the process
            LOG.warn("the page cannot be told what is new", e);
        }
    }

    @PreDestroy
    void close() {
        thread.shutdownNow();
    }
}
