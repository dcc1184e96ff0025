package dev.plimsoll.audit;

/**
 * What a record says that it is. A record that says the same as another is the same sample,
 * submitted again. There are millions of them, so a SHA-256 is four numbers and no text.
 */
sealed interface Identity {

    String key();

    /** @param sha256 in hex, or what a record says instead; empty where it says nothing */
    static Identity of(String key, String sha256) {
        Identity hash = sha256.length() == Hash.HEX ? Hash.read(key, sha256) : null;
        return hash == null ? new Words(key, sha256) : hash;
    }

    /** Whether it does not say what the content is. */
    boolean saysNoContent();

    boolean hasContentOf(Identity other);

    /** The same object where both say the same. */
    default Identity sharing(Identity known) {
        return equals(known) ? known : this;
    }

    /** With a SHA-256, as everything has that Plimsoll writes. */
    record Hash(String key, long first, long second, long third, long fourth) implements Identity {

        private static final int HEX = 64;
        private static final int PARTS = 4;
        private static final int PART = HEX / PARTS;

        /** Null where it is not 64 digits, those over nine in small letters. */
        private static Hash read(String key, String hex) {
            long[] parts = new long[PARTS];
            for (int i = 0; i < HEX; i++) {
                char c = hex.charAt(i);
                int digit;
                if (c >= '0' && c <= '9') {
                    digit = c - '0';
                } else if (c >= 'a' && c <= 'f') {
                    digit = c - 'a' + 10;
                } else {
                    return null;
                }
                parts[i / PART] = parts[i / PART] << 4 | digit;
            }
            return new Hash(key, parts[0], parts[1], parts[2], parts[3]);
        }

        @Override
        public boolean saysNoContent() {
            return false;
        }

        @Override
        public boolean hasContentOf(Identity other) {
            return other instanceof Hash hash
                    && first == hash.first
                    && second == hash.second
                    && third == hash.third
                    && fourth == hash.fourth;
        }
    }

    /** With something else in the place of a SHA-256. */
    record Words(String key, String sha256) implements Identity {

        @Override
        public boolean saysNoContent() {
            return sha256.isEmpty();
        }

        @Override
        public boolean hasContentOf(Identity other) {
            return other instanceof Words words && sha256.equals(words.sha256);
        }
    }
}
