"""The detectors on Kafka: the same pure objects under Faust, any number of workers."""
