namespace HighPerf.Kafka.Testing.Configs;

/// <summary>The type of a setting's value, by its number in the protocol.</summary>
internal enum ConfigType : sbyte
{
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    List = 7,
}
