using System.Globalization;
using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>What single words of the notation mean.</summary>
internal static class Words
{
    public const string Arrow = "=>";

    /// <summary>v3, v3-7 or v3+.</summary>
    public static bool TryVersions(string word, out VersionRange range)
    {
        range = default;
        if (word.Length < 2 || word[0] != 'v')
        {
            return false;
        }

        string rest = word.Substring(1);
        if (rest[rest.Length - 1] == '+')
        {
            bool open = TryNumber(rest.Substring(0, rest.Length - 1), out int from);
            range = new VersionRange(from, VersionRange.Open);
            return open;
        }

        int dash = rest.IndexOf('-');
        string first = dash < 0 ? rest : rest.Substring(0, dash);
        string last = dash < 0 ? rest : rest.Substring(dash + 1);
        bool closed = TryNumber(first, out int min) & TryNumber(last, out int max);
        range = new VersionRange(min, max);
        return closed;
    }

    public static bool TryNumber(string word, out int number) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < short.MaxValue;

    /// <summary>Upper camel case: a capital, then letters and digits.</summary>
    public static bool IsName(string word) =>
        word.Length > 0 && word[0] is >= 'A' and <= 'Z' && word.All(static c => c is >= 'A' and <= 'Z' or >= 'a' and <= 'z' or >= '0' and <= '9');

    /// <summary>INT32 and its like; false for what can only be the name of a structure.</summary>
    public static bool TryPrimitive(string word, out TypeKind kind)
    {
        foreach (TypeKind candidate in Enum.GetValues(typeof(TypeKind)))
        {
            if (candidate != TypeKind.Struct && candidate.ToString().ToUpperInvariant() == word)
            {
                kind = candidate;
                return true;
            }
        }

        kind = TypeKind.Struct;
        return false;
    }

    public static bool TryKind(string word, out MessageKind kind)
    {
        foreach (MessageKind candidate in Enum.GetValues(typeof(MessageKind)))
        {
            if (candidate.ToString().ToLowerInvariant() == word)
            {
                kind = candidate;
                return true;
            }
        }

        kind = default;
        return false;
    }
}
