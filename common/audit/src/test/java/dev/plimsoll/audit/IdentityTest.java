package dev.plimsoll.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.codec.Checksums;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** Two are equal exactly where their texts are. */
class IdentityTest {

    private static String sha256(String text) {
        return Checksums.sha256Hex(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void everyDigitOfTheHashCounts() {
        String hash = sha256("a");
        Identity identity = Identity.of("k", hash);
        assertThat(Identity.of("k", hash)).isEqualTo(identity).hasSameHashCodeAs(identity);
        Set<Identity> all = new HashSet<>(Set.of(identity));
        for (int i = 0; i < hash.length(); i++) {
            char other = hash.charAt(i) == '0' ? '1' : '0';
            Identity changed =
                    Identity.of("k", hash.substring(0, i) + other + hash.substring(i + 1));
            assertThat(changed.hasContentOf(identity)).as("digit %d", i).isFalse();
            assertThat(all.add(changed)).as("digit %d", i).isTrue();
        }
        assertThat(Identity.of("other", hash)).isNotEqualTo(identity);
        assertThat(Identity.of("other", hash).hasContentOf(identity)).isTrue();
    }

    @Test
    void whatIsNoHashIsComparedAsItIs() {
        String upper = sha256("a").toUpperCase(java.util.Locale.ROOT);
        for (String words : new String[] {"", "abc", upper, sha256("a") + "0", "z".repeat(64)}) {
            Identity identity = Identity.of("k", words);
            assertThat(identity.hasContentOf(Identity.of("j", words))).isTrue();
            assertThat(identity.hasContentOf(Identity.of("k", sha256("a")))).isFalse();
            assertThat(Identity.of("k", sha256("a")).hasContentOf(identity)).isFalse();
            assertThat(identity.saysNoContent()).isEqualTo(words.isEmpty());
        }
    }

    @Test
    void oneObjectStandsForTwoThatSayTheSame() {
        Identity known = Identity.of("k", sha256("a"));
        assertThat(Identity.of("k", sha256("a")).sharing(known)).isSameAs(known);
        Identity other = Identity.of("j", sha256("a"));
        assertThat(other.sharing(known)).isSameAs(other);
        assertThat(other.sharing(null)).isSameAs(other);
    }
}
