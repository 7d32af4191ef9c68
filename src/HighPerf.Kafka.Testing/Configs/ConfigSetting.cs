using System.Globalization;

namespace HighPerf.Kafka.Testing.Configs;

/// <summary>One setting that Apache Kafka knows: its name, type, default, and what values it takes. Never changes.</summary>
internal sealed record ConfigSetting(string Name, ConfigType Type, string? Default, string Documentation)
{
    public long Minimum { get; init; } = long.MinValue;

    public long Maximum { get; init; } = long.MaxValue;

    /// <summary>What a text, or each item of a list, can be; empty: anything.</summary>
    public string[] Values { get; init; } = [];

    /// <summary>The first of these that is set on the broker is the default of a topic setting.</summary>
    public ConfigSynonym[] Synonyms { get; init; } = [];

    public ConfigUpdate Update { get; init; }

    /// <summary>What is wrong with a value, in the words of Apache Kafka; null when all is well.</summary>
    public string? Check(string value)
    {
        string? wrong = Type switch
        {
            ConfigType.Boolean => IsBoolean(value) ? null : "Expected value to be either true or false",
            ConfigType.String => CheckText(value.Trim()),
            ConfigType.List => Items(value).Select(CheckText).FirstOrDefault(found => found is not null),
            ConfigType.Double => double.TryParse(value, CultureInfo.InvariantCulture, out double number) ? CheckRange(number) : NotANumber(),
            ConfigType.Int => int.TryParse(value, CultureInfo.InvariantCulture, out int number) ? CheckRange(number) : NotANumber(),
            ConfigType.Short => short.TryParse(value, CultureInfo.InvariantCulture, out short number) ? CheckRange(number) : NotANumber(),
            _ => long.TryParse(value, CultureInfo.InvariantCulture, out long number) ? CheckRange(number) : NotANumber(),
        };
        return wrong is null ? null : $"Invalid value {value} for configuration {Name}: {wrong}";
    }

    /// <summary>A valid value as it is told to clients.</summary>
    public string Normalize(string value) => Type switch
    {
        ConfigType.Boolean => IsTrue(value) ? "true" : "false",
        ConfigType.List => string.Join(',', Items(value)),
        ConfigType.Int or ConfigType.Short or ConfigType.Long => ParseNumber(value).ToString(CultureInfo.InvariantCulture),
        _ => value.Trim(),
    };

    public static long ParseNumber(string value) => long.Parse(value, CultureInfo.InvariantCulture);

    public static double ParseFraction(string value) => double.Parse(value, CultureInfo.InvariantCulture);

    public static bool IsTrue(string value) => value.Trim().Equals("true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The items of a list; an empty text has none.</summary>
    public static string[] Items(string value) => value.Trim().Length == 0 ? [] : value.Split(',', StringSplitOptions.TrimEntries);

    private static bool IsBoolean(string value) => IsTrue(value) || value.Trim().Equals("false", StringComparison.OrdinalIgnoreCase);

    private string NotANumber() => $"Not a number of type {Type.ToString().ToUpperInvariant()}";

    private string? CheckText(string value) =>
        Values.Length == 0 || Values.Contains(value) ? null : $"String must be one of: {string.Join(", ", Values)}";

    private string? CheckRange(double number)
    {
        if (number < Minimum)
        {
            return $"Value must be at least {Minimum}";
        }

        return number > Maximum ? $"Value must be no more than {Maximum}" : null;
    }
}
