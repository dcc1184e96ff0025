package dev.plimsoll.processes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;

class ManagedProcessTest {

    @Test
    void aProcessInheritsNoSettingsButThoseThatItIsGiven() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "PATH", "/bin",
                "MALLOC_ARENA_MAX", "8",
                "KAFKA_BOOTSTRAP_SERVERS", "a:1",
                "PLIMSOLL_CONFIG", "run.yaml",
                "PLIMSOLL_TOKENS_PER_STEP", "100",
                "PLIMSOLL_DEBUG", "1",
                "PLIMSOLL_KAFKA_SECURITY_PROTOCOL", "SSL",
                "PLIMSOLL_KAFKA_SSL_KEY_PASSWORD", "inherited"));
        ManagedProcess.settle(environment, Map.of("PLIMSOLL_KAFKA_SSL_KEY_PASSWORD", "given"));
        assertThat(environment)
                .isEqualTo(Map.of(
                        "PATH", "/bin",
                        "MALLOC_ARENA_MAX", "8",
                        "PLIMSOLL_DEBUG", "1",
                        "PLIMSOLL_KAFKA_SSL_KEY_PASSWORD", "given"));
    }
}
