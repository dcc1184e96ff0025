package dev.plimsoll.model.jinja.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/** Python's arithmetic of whole numbers of any size and of doubles. */
public final class Numbers {

    private static final int MAX_BITS = 1 << 14;
    private static final BigInteger LOW = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger HIGH = BigInteger.valueOf(Long.MAX_VALUE);

    private Numbers() {}

    /** A Long if it fits. */
    public static Object small(BigInteger number) {
        if (number.compareTo(LOW) >= 0 && number.compareTo(HIGH) <= 0) {
            return number.longValue();
        }
        if (number.bitLength() > MAX_BITS) {
            throw Failure.limit("a whole number of more than " + MAX_BITS + " bits");
        }
        return number;
    }

    public static boolean isNumber(Object value) {
        return value instanceof Long
                || value instanceof Double
                || value instanceof Boolean
                || value instanceof BigInteger;
    }

    public static boolean isWhole(Object value) {
        return value instanceof Long || value instanceof Boolean || value instanceof BigInteger;
    }

    /** Booleans as numbers. */
    static Object plain(Object value) {
        return value instanceof Boolean flag ? (Object) (flag ? 1L : 0L) : value;
    }

    public static BigInteger big(Object whole) {
        Object plain = plain(whole);
        return plain instanceof BigInteger big ? big : BigInteger.valueOf((Long) plain);
    }

    public static double real(Object number) {
        Object plain = plain(number);
        if (plain instanceof Double real) {
            return real;
        }
        if (plain instanceof Long whole) {
            return whole;
        }
        double real = ((BigInteger) plain).doubleValue();
        if (Double.isInfinite(real)) {
            throw Failure.type("the whole number is too large for a real number");
        }
        return real;
    }

    /** A place in a list or a count. Numbers beyond an int become the nearest int. */
    public static int toInt(Object value, String what) {
        if (!isWhole(value)) {
            throw Failure.type(what + " must be a whole number and is " + Types.name(value));
        }
        BigInteger big = big(value);
        return big.bitLength() < 32 ? big.intValue() : big.signum() * Integer.MAX_VALUE;
    }

    public static Object add(Object a, Object b) {
        if (plain(a) instanceof Long x && plain(b) instanceof Long y) {
            long sum = x + y;
            return ((x ^ sum) & (y ^ sum)) < 0 ? (Object) big(a).add(big(b)) : (Object) sum;
        }
        return isWhole(a) && isWhole(b) ? small(big(a).add(big(b))) : (Object) (real(a) + real(b));
    }

    public static Object subtract(Object a, Object b) {
        return isWhole(a) && isWhole(b)
                ? small(big(a).subtract(big(b)))
                : (Object) (real(a) - real(b));
    }

    public static Object multiply(Object a, Object b) {
        if (isWhole(a) && isWhole(b)) {
            return small(big(a).multiply(big(b)));
        }
        return real(a) * real(b);
    }

    public static Object divide(Object a, Object b) {
        if (real(b) == 0) {
            throw zero();
        }
        if (isWhole(a) && isWhole(b) && (big(a).bitLength() > 53 || big(b).bitLength() > 53)) {
            double ratio = new BigDecimal(big(a))
                    .divide(new BigDecimal(big(b)), new MathContext(40))
                    .doubleValue();
            return ratio;
        }
        return real(a) / real(b);
    }

    public static Object floorDivide(Object a, Object b) {
        if (real(b) == 0) {
            throw zero();
        }
        if (isWhole(a) && isWhole(b)) {
            BigInteger[] parts = big(a).divideAndRemainder(big(b));
            boolean lower = parts[1].signum() != 0 && parts[1].signum() != big(b).signum();
            return small(lower ? parts[0].subtract(BigInteger.ONE) : parts[0]);
        }
        double x = real(a);
        double y = real(b);
        double quotient = (x - modulo(x, y)) / y;
        if (quotient == 0) {
            return Math.copySign(0.0, x / y);
        }
        double floor = Math.floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    public static Object modulo(Object a, Object b) {
        if (real(b) == 0) {
            throw zero();
        }
        if (isWhole(a) && isWhole(b)) {
            BigInteger rest = big(a).remainder(big(b));
            boolean other = rest.signum() != 0 && rest.signum() != big(b).signum();
            return small(other ? rest.add(big(b)) : rest);
        }
        return modulo(real(a), real(b));
    }

    private static double modulo(double x, double y) {
        double rest = x % y;
        if (rest == 0) {
            return Math.copySign(0.0, y);
        }
        return rest < 0 == y < 0 ? rest : rest + y;
    }

    public static Object power(Object a, Object b) {
        if (!isWhole(a) || !isWhole(b) || big(b).signum() < 0) {
            return realPower(real(a), real(b));
        }
        BigInteger base = big(a);
        BigInteger exponent = big(b);
        if (base.abs().compareTo(BigInteger.ONE) > 0
                && (exponent.bitLength() > 31
                        || (base.bitLength() - 1L) * exponent.longValue() > MAX_BITS)) {
            throw Failure.limit("a whole number of more than " + MAX_BITS + " bits");
        }
        if (exponent.bitLength() > 31) {
            exponent = BigInteger.valueOf(exponent.testBit(0) ? 1 : 2);
        }
        return small(base.pow(exponent.intValueExact()));
    }

    private static Object realPower(double a, double b) {
        if (a == 0 && b < 0) {
            throw Failure.type("zero cannot be raised to a negative power");
        }
        if (a < 0 && b != Math.rint(b) && !Double.isInfinite(a)) {
            throw Failure.unsupported("a root of a negative number");
        }
        if (a == 1 || b == 0) {
            return 1.0;
        }
        if (a == -1 && Double.isInfinite(b)) {
            return 1.0;
        }
        double result = Math.pow(a, b);
        if (Double.isInfinite(result) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
            throw Failure.type("the power is too large for a real number");
        }
        return result;
    }

    public static Object negate(Object a) {
        return isWhole(a) ? small(big(a).negate()) : (Object) (-real(a));
    }

    public static int compare(Object a, Object b) {
        if (plain(a) instanceof Long x && plain(b) instanceof Long y) {
            return Long.compare(x, y);
        }
        if (isWhole(a) && isWhole(b)) {
            return big(a).compareTo(big(b));
        }
        Object x = plain(a);
        Object y = plain(b);
        if (x instanceof Double p && y instanceof Double q) {
            return p < q ? -1 : p > q ? 1 : 0;
        }
        return x instanceof Double p ? mixed(p, big(y)) : -mixed((Double) y, big(x));
    }

    private static int mixed(double real, BigInteger whole) {
        if (Double.isInfinite(real) || Double.isNaN(real)) {
            return real > 0 ? 1 : -1;
        }
        return new BigDecimal(real).compareTo(new BigDecimal(whole));
    }

    static boolean unordered(Object a, Object b) {
        return a instanceof Double p && p.isNaN() || b instanceof Double q && q.isNaN();
    }

    private static Failure zero() {
        return Failure.type("a division by zero");
    }
}
