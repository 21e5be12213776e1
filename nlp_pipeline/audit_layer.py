"""The sample of an audit: units go in; a frame, a plan, a sample and, from what reviewers said of it, estimates come out."""

from nlp_pipeline.auditing.reviewer_eye import answer_due, packet_of, probe
from nlp_pipeline.auditing.reviewers import two_reviewers
from nlp_pipeline.auditing.sample_plan import design, draw_sample, frame_of
from nlp_pipeline.auditing.sample_results import check_frame, estimates, reviewed

__all__ = ["answer_due", "check_frame", "design", "draw_sample", "estimates", "frame_of", "packet_of", "probe", "reviewed", "two_reviewers"]
